import { expect, test } from 'vitest'
import { countdown, isStarted, leftMs, moveOf, nextLevel, priceNow, rowsOf, shareOf, shownPrice, signed, sizeOf, sizeText, standing, sumOf } from '@/domain/quoting'
import { aCell, aTile, ASK, BID, somePanel } from './quoteFakes'

test('cells stand in rows, the best first, each with its size', () => {
  expect(rowsOf(somePanel().cells).map(({ level, size, bid, ask }) => [level, size, bid.side, ask.side])).toEqual([
    [0, 1_000_000, 'bid', 'ask'], [1, 1_000_000, 'bid', 'ask'], [2, 5_000_000, 'bid', 'ask'], [3, 10_000_000, 'bid', 'ask'],
  ])
})

test('a new tier gets a number that none has', () => {
  expect(nextLevel(somePanel().cells)).toBe(4)
  expect(nextLevel([])).toBe(1)
})

test.each([
  [{ state: 'stopped' }, false], [{ state: 'live' }, true], [{ state: 'pending' }, true], [{ state: 'invalid', reason: 'crossed' }, true], [{ state: 'stale' }, true],
  [{ state: 'withdrawing', reason: 'stopped' }, false], [{ state: 'withdrawing', reason: 'price_band' }, true],
  [{ state: 'withdrawing', reason: 'price_band', mode: 'manual' }, false], [{ state: 'unknown', reason: 'channel_down' }, true],
] as const)('whether one key stops or starts a cell: %o', (changes, started) => {
  expect(isStarted(aCell(changes))).toBe(started)
})

test('what the counterparty has stands before what would be quoted', () => {
  expect(shownPrice(aCell({ price: 5, published: 4 }))).toBe(4)
  expect(shownPrice(aCell({ price: 5, published: null }))).toBe(5)
})

test('an unchanged price went nowhere, nor did one that came or went', () => {
  expect(moveOf(aCell(), aCell())).toBeNull()
  expect(moveOf(aCell({ published: null }), aCell())).toBeNull()
  expect(moveOf(aCell(), aCell({ published: null }))).toBeNull()
  expect(moveOf(undefined, aCell())).toBeNull()
  expect(moveOf(aCell(), aCell({ published: BID + 1 }))).toBe('up')
  expect(moveOf(aCell(), aCell({ published: BID - 1 }))).toBe('down')
})

test.each([[5_000_000, '5M'], [1_500_000, '1.5M'], [500_000, '500K'], [2_000_000_000, '2B'], [1_234_567, '1234567'], [7, '7']])('a size of %i is said as %s and read again', (size, text) => {
  expect(sizeText(size)).toBe(text)
  if (size >= 1_000) expect(sizeOf(text)).toBe(size)
})

test.each([['5', 5_000_000], ['0.5', 500_000], ['5,000,000', 5_000_000], ['２０Ｍ', 20_000_000], ['1.5b', 1_500_000_000], ['250k', 250_000], ['', null], ['five', null], ['5MM', null], ['-5M', null], ['0.0000001M', null]])(
  'the typed size %s is %s', (typed, size) => expect(sizeOf(typed)).toBe(size),
)

test('a countdown is rounded up, so that 0:00 means over', () => {
  expect([0, 1, 1_000, 9_001, 60_000, 272_000].map(countdown)).toEqual(['0:00', '0:01', '0:01', '0:10', '1:00', '4:32'])
  expect(leftMs(null, 0)).toBeNull()
  expect(leftMs('1700000000500000000', 1_700_000_000_000)).toBe(500)
  expect(leftMs('1700000000500000000', 1_700_000_009_000)).toBe(0)
})

test('adjustments carry their sign', () => expect([3, -2, 0].map(signed)).toEqual(['+3', '−2', '0']))

test('the price now is that of the first confirmed level that is large enough', () => {
  const { cells } = somePanel({ 0: { published: BID }, 2: { published: null }, 4: { published: BID - 2 } })
  expect(priceNow(cells, 'bid', 1_000_000)).toBe(BID)
  expect(priceNow(cells, 'bid', 2_000_000)).toBe(BID - 2)
  expect(priceNow(cells, 'ask', 10_000_000)).toBe(ASK)
  expect(priceNow(cells, 'ask', 10_000_001)).toBeNull()
})

test('what stands, may stand or is not known counts as standing', () => {
  expect(standing(aTile({ states: { live: 1, pending: 2, withdrawing: 3, unknown: 4, stopped: 5, invalid: 6, stale: 7 } }))).toBe(10)
})

test('addends add up to the price; a manual one has none', () => {
  expect(sumOf({ side: 'bid', level: 0, market: 100, addends: [-1, 0, 3], price: 102 })).toBe(102)
  expect(sumOf({ side: 'bid', level: 0, market: null, addends: [], price: 102 })).toBeNull()
})

test('a limit that is reached shows 100 percent, not before', () => {
  const line = { scope: 'pair', kind: 'net_limit', side: null, limit: 300 }
  expect([299, 300, 301, -5].map((used) => shareOf({ ...line, used }))).toEqual([99, 100, 100, 0])
  expect(shareOf({ ...line, used: 5, limit: 0 })).toBe(0)
})
