import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Restriction } from '@/api/restrictions'
import { fits, reasonOf, withChange } from '@/domain/restrictions'
import { useRestrictions } from '@/stores/restrictions'

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
