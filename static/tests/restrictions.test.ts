import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import type { Restriction } from '@/api/restrictions'
import { fits, reasonBySystem, reasonOf, withChange } from '@/domain/restrictions'
import { i18n, speak } from '@/i18n'
import { useRestrictions } from '@/stores/restrictions'
import { useReasons } from '@/useReasons'

const aRestriction = (number: number, changes: Partial<Restriction> = {}): Restriction => ({
  id: `2026-11-23.0.${number}`,
  scope: { account: 'A1', contract: 'SSE:600000' },
  mask: ['open'],
  state: 'active',
  trading: 'REDUCING',
  since_ns: `17954000${number}0000000000`,
  alert: null,
  rule: 'F02',
  level: 'restrict',
  reason: 'F02 restrict',
  release: 'trader',
  created_by: null,
  released_by: null,
  released_at: null,
  release_reason: null,
  proposal: null,
  counters: null,
  ...changes,
})
const numbers = (rows: readonly Restriction[]) => rows.map(({ id }) => Number(id.split('.')[2]))

beforeEach(() => setActivePinia(createPinia()))

test('a restriction fits a filter by state, rule and the beginning of any part of its scope', () => {
  expect(fits(aRestriction(1), { state: 'active', rule: 'F02', scope: 'SSE:6' })).toBe(true)
  expect(fits(aRestriction(1), { scope: 'A2' })).toBe(false)
  expect(fits(aRestriction(1), { state: 'released' })).toBe(false)
  expect(fits(aRestriction(1), { rule: 'F0' })).toBe(false)
})

test('new restrictions stand newest first, changed ones where they stood', () => {
  const rows = withChange([aRestriction(3), aRestriction(1)], aRestriction(2), {})
  expect(numbers(rows)).toEqual([3, 2, 1])
  const changed = withChange(rows, aRestriction(2, { mask: ['open', 'close'] }), {})
  expect(changed[1]?.mask).toEqual(['open', 'close'])
})

test('what is released leaves the list of those in force', () => {
  const filter = { state: 'active' }
  const released = aRestriction(2, { state: 'released' })
  expect(numbers(withChange([aRestriction(3), aRestriction(2)], released, filter))).toEqual([3])
  expect(withChange([aRestriction(3)], released, filter)).toHaveLength(1)
})

test('the count of those in force follows the log', async () => {
  const page = { next: null, results: [aRestriction(1)] }
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(page)))
  const restrictions = useRestrictions()
  expect(restrictions.active).toBeNull()
  await restrictions.resync()
  expect(restrictions.active).toBe(1)
  restrictions.receive({ change: 'restricted', restriction: aRestriction(2) })
  expect(restrictions.active).toBe(2)
  restrictions.receive({ change: 'released', restriction: aRestriction(1, { state: 'released' }) })
  expect(restrictions.active).toBe(1)
  vi.unstubAllGlobals()
})

test('what is listed stays to be clicked on while the log makes it read again', async () => {
  const page = { next: null, results: [aRestriction(1)] }
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(page)))
  const restrictions = useRestrictions()
  await restrictions.show({})
  const again = restrictions.resync()
  expect(numbers(restrictions.list.rows)).toEqual([1])
  expect(restrictions.list.loading).toBeNull()
  page.results = [aRestriction(2)]
  await again
  expect(numbers(restrictions.list.rows)).toEqual([2])
  vi.unstubAllGlobals()
})

test('a release that needs a second person leaves the restriction in force, with the proposal', async () => {
  const proposal = { by: 'trader', at_ns: '1795400000000000000', reason: 'explained' }
  const answer = { ...aRestriction(1, { proposal }), needs: 'second_person', cause: null }
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(answer)))
  const restrictions = useRestrictions()
  restrictions.receive({ change: 'restricted', restriction: aRestriction(1) })
  expect((await restrictions.release(answer.id, 'explained')).needs).toBe('second_person')
  expect(restrictions.active).toBe(1)
  vi.unstubAllGlobals()
})

test.each([
  [{ rule: 'P03', level: 'limit' as const, reason: 'P03 limit' }, 'P03 触限'],
  [{ rule: null, level: null, reason: 'P03 limit' }, 'P03 limit'],
  [{ rule: 'P03', level: 'limit' as const, reason: 'a call from the exchange' }, 'a call from the exchange'],
])('why somebody is stopped by a rule is said in the words of the page', (changes, said) => {
  expect(reasonOf({ ...changes } as Restriction, () => '触限')).toBe(said)
})

test.each([
  ['B13.5 limit', 'B13.5 触限'],
  ['the trading day is over', '交易日已结束'],
  ['as 2026-11-23.0.7.0', '与 2026-11-23.0.7.0 相同'],
  ['B13.5 limits', 'B13.5 limits'],
  ['explained', 'explained'],
])('what the system gives as a reason is said in the words of the page', (reason, said) => {
  const words = { level: () => '触限', dayOver: '交易日已结束', asOther: (id: string) => `与 ${id} 相同` }
  expect(reasonBySystem(reason, words)).toBe(said)
})

test('in a history the system speaks the language of the page, and people their own', () => {
  const step = { at: '2026-11-23T01:30:00Z', verb: 'restricted', reason: 'B13.5 limit' }
  const Shown = defineComponent(() => {
    const reasons = useReasons()
    return () => h('p', [null, 'risk'].map((by) => reasons.ofStep({ ...step, by })).join('|'))
  })
  for (const [language, said] of [['zh-hans', 'B13.5 触限'], ['en', 'B13.5 Limit']] as const) {
    speak(language)
    expect(mount(Shown, { global: { plugins: [i18n] } }).text()).toBe(`${said}|B13.5 limit`)
  }
})
