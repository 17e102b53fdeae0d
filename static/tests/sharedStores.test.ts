import { flushPromises, mount } from '@vue/test-utils'
import { getActivePinia } from 'pinia'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Contract, Threshold } from '@/api/types'
import AlertKey from '@/components/AlertKey.vue'
import EvidenceDrawer from '@/components/EvidenceDrawer.vue'
import AlertRow from '@/components/AlertRow.vue'
import PromptCard from '@/components/PromptCard.vue'
import ThresholdPanel from '@/components/ThresholdPanel.vue'
import { useAlerts } from '@/stores/alerts'
import { useContracts } from '@/stores/contracts'
import { useThresholds } from '@/stores/thresholds'
import { aThreshold, anAlert, fakeRest, Refusal } from './fakes'

const CONTRACT: Contract = {
  exchange: 'SSE', symbol: '600519', name: '模拟519', kind: 'stock', board: 'main', tick: '0.01', lot: 100, order_quantity_max: 1_000_000,
}

/** Vue warns of every write that it refuses; here they are meant. */
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})

describe('the state of the thresholds', () => {
  beforeEach(() => useThresholds().allFetched([aThreshold()]))

  test('is not written by assigning to it', () => {
    const thresholds = useThresholds()
    // @ts-expect-error the state is read-only
    expect(() => (thresholds.rows = [])).not.toThrow()
    expect(thresholds.rows).toHaveLength(1)
  })

  test('is not written by reaching into a row', () => {
    const thresholds = useThresholds()
    const row = thresholds.rows[0] as Threshold
    expect(() => (row.value = '1')).toThrow(TypeError)
    expect(thresholds.rows[0]?.value).toBe('240')
  })

  test('is not written by adding to the list', () => {
    const rows = useThresholds().rows as Threshold[]
    expect(() => rows.push(aThreshold({ id: 2 }))).toThrow(TypeError)
    expect(useThresholds().rows).toHaveLength(1)
  })

  test('is not written by patching or replacing it', () => {
    const thresholds = useThresholds()
    thresholds.$patch({ rows: [] } as object)
    thresholds.$state = { rows: [] } as unknown as typeof thresholds.$state
    thresholds.$patch((state: object) => void Object.assign(state, { shownRule: 'X' }))
    expect(thresholds.rows).toHaveLength(1)
    expect(thresholds.shownRule).toBeNull()
  })

  test('is not written through the store of stores', () => {
    const stores = getActivePinia()?.state.value as Record<string, object>
    stores['thresholds'] = { rows: [], shownRule: 'X' }
    expect(useThresholds().rows).toHaveLength(1)
  })

  test('is written by a mutation, at once', () => {
    useThresholds().someChanged([aThreshold({ value: '250' })])
    expect(useThresholds().rows[0]?.value).toBe('250')
  })
})

test('fetching thresholds commits them, page after page', async () => {
  const asked = fakeRest(({ params }) =>
    params.get('cursor')
      ? { next: null, results: [aThreshold({ id: 2 })] }
      : { next: '/api/v1/thresholds?cursor=abc', results: [aThreshold()] },
  )
  await useThresholds().fetchAll()
  expect(useThresholds().rows.map((row) => row.id)).toEqual([1, 2])
  expect(asked.map(({ params }) => params.get('cursor'))).toEqual([null, 'abc'])
})

test('a fetch that fails commits why, and keeps what is there', async () => {
  useThresholds().allFetched([aThreshold()])
  fakeRest(() => new Refusal(403, 'not for your role'))
  await useThresholds().fetchAll()
  expect(useThresholds().fault).toBe('not for your role')
  expect(useThresholds().rows).toHaveLength(1)
})

test('a change over the socket shows in every component without fetching', async () => {
  const alert = anAlert(1)
  const asked = fakeRest(({ path }) => (path.endsWith('/orders') ? { next: null, results: [] } : alert))
  useThresholds().allFetched([aThreshold()])
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', name: 'alerts', component: AlertKey }] })
  const global = { plugins: [router] }
  const shown = [
    mount(ThresholdPanel, { global }),
    mount(EvidenceDrawer, { global, props: { id: alert.id, wantsComment: 0 } }),
    mount(PromptCard, { global, props: { alert, others: [] } }),
    mount(AlertRow, { global, props: { alert, isActive: false, isOpen: false } }),
  ]
  await flushPromises()
  const texts = () => shown.map((each) => each.find('[data-threshold="1"]').text())
  for (const text of texts()) expect(text).toContain('240')
  const before = asked.length
  useAlerts().receive({ change: 'thresholds', thresholds: [aThreshold({ value: '255', version: 2 })] })
  await nextTick()
  for (const text of texts()) expect(text).toContain('255')
  expect(asked).toHaveLength(before)
})

test('choosing a rule is a commit that narrows the panel', async () => {
  useThresholds().allFetched([aThreshold(), aThreshold({ id: 2, rule: 'P03' })])
  const panel = mount(ThresholdPanel)
  expect(panel.findAll('tbody tr')).toHaveLength(2)
  useThresholds().ruleChosen('P03')
  await nextTick()
  expect(panel.findAll('tbody tr')).toHaveLength(1)
})

describe('the state of the contracts', () => {
  test('is not written from outside', () => {
    const contracts = useContracts()
    contracts.pageFetched([CONTRACT])
    const byCode = contracts.byCode as Map<string, Contract>
    byCode.set('SSE:600000', CONTRACT)
    byCode.delete('SSE:600519')
    // @ts-expect-error the state is read-only
    contracts.byCode = new Map()
    expect([...contracts.byCode.keys()]).toEqual(['SSE:600519'])
    expect(() => ((contracts.byCode.get('SSE:600519') as Contract).name = 'x')).toThrow(TypeError)
  })

  test('shows in a component as soon as it is committed', async () => {
    const key = mount(AlertKey, { props: { fields: { contract: 'SSE:600519' } } })
    expect(key.text()).not.toContain('模拟519')
    useContracts().pageFetched([CONTRACT])
    await nextTick()
    expect(key.text()).toContain('模拟519')
  })
})
