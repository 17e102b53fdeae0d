import { describe, expect, test } from 'vitest'
import { drawn, exact, PriceError, TICKS_MAX, ticksOf, type Digits, type Drawn } from '@/domain/digits'
import text from './digits.json?raw'

interface Cases { prices: number[]; digests: number[]; shown: { ticks: number; digits: Digits; parts: string[] }[] }
const cases = JSON.parse(text) as Cases
const parts = ({ lead, big, key, rest }: Drawn) => [lead, big, key, rest]

test.each(cases.shown)('$ticks is drawn as the engine draws it: $parts', ({ ticks, digits, parts: wanted }) => {
  expect(parts(drawn(ticks, digits))).toEqual(wanted)
})

/** Every way to draw prices of so many decimals, in the order that tests/quoting/shared_cases.py goes, too. */
function* settings(decimals: number): Generator<Digits> {
  for (let key_start = -4; key_start <= decimals; key_start += 1) {
    for (const key_len of [0, 2, 3]) {
      for (const fraction_len of [null, 0, 1]) {
        for (const big_figure_len of [null, 2]) yield { decimals, key_start, key_len, fraction_len, big_figure_len }
      }
    }
  }
}

test.each(cases.digests.map((wanted, decimals) => ({ wanted, decimals })))('every price by every setting of $decimals decimals', ({ wanted, decimals }) => {
  let digest = 0
  for (const digits of settings(decimals)) {
    for (const ticks of cases.prices) {
      const found = parts(drawn(ticks, digits))
      expect(found.join('')).toBe(exact(ticks, decimals))
      for (const each of found.join('|')) digest = (digest * 31 + each.charCodeAt(0)) % 1_000_000_007
    }
  }
  expect(digest).toBe(wanted)
})

describe('a typed price', () => {
  test.each([
    ['6.4688', 4, 64_688], ['6.46880', 4, 64_688], ['6.5', 4, 65_000], [' 6 ', 4, 60_000], ['.5', 1, 5], ['6.', 4, 60_000],
    ['86.655', 3, 86_655], ['1389.25', 2, 138_925], ['15650.5', 1, 156_505], ['0.00001234', 8, 1_234], ['-0.35', 2, -35],
    ['６．４６８８', 4, 64_688], ['007', 0, 7], ['-0', 2, 0], ['1125899906842624', 0, TICKS_MAX],
  ])('%s with %i decimals is exactly so many ticks', (typed, decimals, ticks) => {
    expect(ticksOf(typed, decimals)).toBe(ticks)
  })

  test.each([
    ['', 4, 1, 'empty'], ['.', 4, 1, 'notANumber'], ['abc', 4, 1, 'notANumber'], ['6,4688', 4, 1, 'notANumber'], ['1e3', 4, 1, 'notANumber'],
    ['6.4.6', 4, 1, 'notANumber'], ['6.46881', 4, 1, 'tooManyDecimals'], ['6.5', 0, 1, 'tooManyDecimals'],
    ['6.4688', 4, 5, 'offGrid'], ['1125899906842625', 0, 1, 'tooLarge'], ['9'.repeat(400), 4, 1, 'tooLarge'],
  ])('%s with %i decimals on a grid of %i is refused: %s', (typed, decimals, grid, fault) => {
    expect(() => ticksOf(typed, decimals, grid)).toThrow(new PriceError(fault as 'empty'))
  })

  test('says again what was drawn', () => {
    for (const [decimals] of cases.digests.entries()) {
      for (const ticks of cases.prices) expect(ticksOf(exact(ticks, decimals), decimals)).toBe(ticks)
    }
  })
})
