import { expect, test } from 'vitest'
import { heardOf, serverMs } from '@/domain/serverClock'

test('the message that took least tells what the server’s clock shows', () => {
  const offsets = [300, 20, 150].reduce((known, tookMs) => heardOf(known, 5_000_000, 1_000_000 + tookMs), [] as readonly number[])
  expect(serverMs(offsets, 1_000_020)).toBe(5_000_000)
  expect(serverMs(offsets, 1_001_020)).toBe(5_001_000)
})

test('without a message it is the browser’s own', () => {
  expect(serverMs([], 7)).toBe(7)
})

test('a clock that was set back is followed when thirty messages have told so', () => {
  const before = heardOf([], 9_000, 1_000)
  const later = (count: number) => Array.from({ length: count }).reduce<readonly number[]>((known) => heardOf(known, 2_000, 1_000), before)
  expect(serverMs(later(29), 1_000)).toBe(9_000)
  expect(serverMs(later(30), 1_000)).toBe(2_000)
})
