import { expect, test } from 'vitest'
import type { Cmp } from '@/api/types'
import { shifted } from '@/domain/decimals'
import { heightNow, type Height } from '@/domain/hostJudgement'
import { judged, STANDINGS } from '@/domain/judgement'
import text from './judgements.json?raw'

interface Cases { seed: number; count: number; modulus: number; multiplier: number; step: number; span: number; cmps: Cmp[]; digest: number; totals: number[]; ladders: { digest: number; totals: number[] } }
const cases = JSON.parse(text) as Cases

/** The generator that tests/monitoring/domain/test_judgement.py has, too. */
function* numbers(): Generator<number> {
  let state = BigInt(cases.seed)
  for (;;) {
    state = (state * BigInt(cases.multiplier) + BigInt(cases.step)) % BigInt(cases.modulus)
    yield Number(state >> 8n)
  }
}

test('10,000 random pairs are judged as the server judges them', () => {
  const random = numbers()
  const next = () => random.next().value as number
  const figure = () => {
    const drawn = next()
    return drawn % 13 === 0 ? null : shifted(String((drawn % cases.span) - Math.floor(cases.span / 2)), -6)
  }
  let digest = 0n
  const totals = [0, 0, 0]
  for (let number = 0; number < cases.count; number += 1) {
    const cmp = cases.cmps[next() % cases.cmps.length] as Cmp
    const place = STANDINGS.indexOf(judged(figure(), cmp, figure(), figure()))
    totals[place] = (totals[place] ?? 0) + 1
    digest = (digest * 31n + BigInt(place) + 1n) % BigInt(cases.modulus)
  }
  expect(totals).toEqual(cases.totals)
  expect(Number(digest)).toBe(cases.digest)
})

test('10,000 random ladders of hosts are climbed as the server climbs them', () => {
  const random = numbers()
  const next = () => random.next().value as number
  const rung = () => {
    const drawn = next()
    return drawn % 5 === 0 ? null : String((drawn % 400) / 10)
  }
  let digest = 0n
  const totals = [0, 0, 0]
  for (let number = 0; number < cases.count; number += 1) {
    const is_below = next() % 2 === 0
    const before = (next() % 3) as Height
    const value = (next() % 400) / 10
    const height = heightNow({ warn: rung(), limit: rung(), clear: rung(), cmp: is_below ? 'lt' : 'ge', for_seconds: 0, is_magnitude: false }, before, value)
    totals[height] = (totals[height] ?? 0) + 1
    digest = (digest * 31n + BigInt(height) + 1n) % BigInt(cases.modulus)
  }
  expect(totals).toEqual(cases.ladders.totals)
  expect(Number(digest)).toBe(cases.ladders.digest)
})
