import { expect, test } from 'vitest'
import type { Headroom } from '@/api/headroom'
import { levelReached, nearestFirst, usedPercent } from '@/domain/headroom'

const row = (changes: Partial<Headroom>): Headroom => ({
  rule: 'F02', indicator: 'units_day', unit: 'count', key: { account: 'A1' }, value: 0, warn: 400, restrict: 480, limit: 500, left: 400, resets_at: null, ...changes,
})

test.each([[399, null], [400, 'warn'], [479, 'warn'], [480, 'restrict'], [500, 'limit'], [null, null]])('%s stands at %s', (value, level) => {
  expect(levelReached(row({ value }))).toBe(level)
})

test('the bar is full at the highest level there is, and not there without one', () => {
  expect(usedPercent(row({ value: 250 }))).toBe(50)
  expect(usedPercent(row({ value: 900 }))).toBe(100)
  expect(usedPercent(row({ value: '12.5', limit: null, restrict: null, warn: '50' }))).toBe(25)
  expect(usedPercent(row({ limit: null, restrict: null, warn: null }))).toBeNull()
  expect(usedPercent(row({ limit: 0 }))).toBeNull()
})

test('what is nearest to its limit stands first, what cannot be told last', () => {
  const rows = [row({ rule: 'A', value: null }), row({ rule: 'B', value: 10 }), row({ rule: 'C', value: 499 })]
  expect(nearestFirst(rows).map(({ rule }) => rule)).toEqual(['C', 'B', 'A'])
})
