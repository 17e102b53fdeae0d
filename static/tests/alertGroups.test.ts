import { mount } from '@vue/test-utils'
import axe from 'axe-core'
import { describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import type { Alert } from '@/api/types'
import AlertTable from '@/components/AlertTable.vue'
import { groupedBy, groupingOf, isHead, type AlertGroup } from '@/domain/alertGroups'
import { anAlert } from './fakes'

const NONE = new Set<string>()
const ALERTS = [
  anAlert(4, { rule: 'P02', key: { account: 'A1' } }),
  anAlert(3, { rule: 'P01', key: { group: 'G1', contract: 'SSE:600000' }, level: 'limit' }),
  anAlert(2, { rule: 'P01', key: { account: 'A1' }, state: 'closed' }),
  anAlert(1, { rule: 'P02', key: { account: 'A2' } }),
]
const said = (items: ReturnType<typeof groupedBy>) => items.map((each) => (isHead(each) ? each.id : Number(each.id.split('.')[2])))
const heads = (items: ReturnType<typeof groupedBy>) => items.filter(isHead)

test('without a grouping alerts are as they are', () => {
  expect(groupedBy(ALERTS, null, NONE)).toBe(ALERTS)
  expect(groupingOf({ by: 'rule' })).toBe('rule')
  expect(groupingOf({ by: 'moon' })).toBeNull()
})

test('the worst groups come first, the newest alert first in each', () => {
  expect(said(groupedBy(ALERTS, 'rule', NONE))).toEqual(['rule:rule=P01', 3, 2, 'rule:rule=P02', 4, 1])
})

test('a head says how many there are, how many are open, the worst level and the newest time', () => {
  const [first] = heads(groupedBy(ALERTS, 'rule', NONE))
  expect(first).toMatchObject({ count: 2, open: 1, worst: 'limit', newest_ns: anAlert(3).time_ns, key: { rule: 'P01' } })
})

test('who an alert is about is its account, else its group', () => {
  expect(heads(groupedBy(ALERTS, 'whom', NONE)).map(({ key, count }) => [key, count])).toEqual([[{ group: 'G1' }, 1], [{ account: 'A1' }, 2], [{ account: 'A2' }, 1]])
})

test('of a group that is folded only the head is there, and still counts', () => {
  const items = groupedBy(ALERTS, 'rule', new Set(['rule:rule=P01']))
  expect(said(items)).toEqual(['rule:rule=P01', 'rule:rule=P02', 4, 1])
  expect((items[0] as AlertGroup).count).toBe(2)
})

describe('the table', () => {
  const show = (alerts: readonly Alert[]) => mount(AlertTable, { props: { alerts, openId: '', by: 'rule' as const }, attachTo: document.body })
  const rows = (table: ReturnType<typeof show>) => [table.findAll('[data-testid="alert-group"]').length, table.findAll('[data-testid="alert-row"]').length]

  test('of ten thousand alerts in groups draws only what is on the screen', () => {
    const alerts = Array.from({ length: 10_000 }, (_, place) => anAlert(10_000 - place, { rule: `P${place % 50}` }))
    const table = show(alerts)
    expect(rows(table).reduce((sum, each) => sum + each, 0)).toBeLessThan(60)
    expect(table.find('[role="treegrid"]').attributes('aria-rowcount')).toBe('10051')
  })

  test('folds a group by a click and by keys, and opens none of its alerts by that', async () => {
    const table = show(ALERTS)
    expect(rows(table)).toEqual([2, 4])
    await table.find('[data-testid="alert-group"]').trigger('click')
    expect(rows(table)).toEqual([2, 2])
    const grid = table.find('[role="treegrid"]')
    await grid.trigger('keydown', { key: 'ArrowRight' })
    expect(rows(table)).toEqual([2, 4])
    for (const key of ['ArrowDown', 'ArrowLeft', 'ArrowLeft']) await grid.trigger('keydown', { key })
    expect(rows(table)).toEqual([2, 2])
    await grid.trigger('keydown', { key: 'Enter' })
    expect(rows(table)).toEqual([2, 4])
    expect(table.emitted('open')).toBeUndefined()
  })

  test('opens the evidence of an alert within a group by Enter', async () => {
    const table = show(ALERTS)
    const grid = table.find('[role="treegrid"]')
    await grid.trigger('focus')
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await grid.trigger('keydown', { key })
    expect(table.emitted('open')).toEqual([[anAlert(2).id]])
  })

  test('folds and unfolds all', async () => {
    const table = show(ALERTS)
    table.vm.foldAll(false)
    await nextTick()
    expect(rows(table)).toEqual([2, 0])
    table.vm.foldAll(true)
    await nextTick()
    expect(rows(table)).toEqual([2, 4])
  })

  test('is nothing serious for axe', async () => {
    show(ALERTS)
    const { violations } = await axe.run(document.body, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } })
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
  })
})
