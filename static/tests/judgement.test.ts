import { expect, test } from 'vitest'
import type { Cmp } from '@/api/types'
import { shifted } from '@/domain/decimals'
import type { SystemThreshold } from '@/api/hosts'
import { silentMs, standingNow } from '@/domain/hostJudgement'
import { judged, STANDINGS } from '@/domain/judgement'
import { AT_EASE, GAP_NS_MAX, type Height, type Standing } from '@/domain/ladder'
import text from './judgements.json?raw'

interface Cases { seed: number; count: number; modulus: number; multiplier: number; step: number; span: number; cmps: Cmp[]; digest: number; totals: number[]; ladders: Table; courses: Table & { count: number; steps: number } }
interface Table { digest: number; totals: number[] }
const cases = JSON.parse(text) as Cases

const row = (more: Partial<SystemThreshold>): SystemThreshold => ({
  id: 1, metric: 'cpu_percent', host: '', subject: '', warn: null, limit: null, clear: null, for_seconds: 0, runbook: '', cmp: 'ge',
  unit: 'percent', subject_kind: 'subject', is_magnitude: false, rule: 'SYS-CPU', name: '', advice: '', ...more,
} as SystemThreshold)

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
    const { height } = standingNow(row({ warn: rung(), limit: rung(), clear: rung(), cmp: is_below ? 'lt' : 'ge' }), { ...AT_EASE, height: before, at_ns: 1n }, value, 2n)
    totals[height] = (totals[height] ?? 0) + 1
    digest = (digest * 31n + BigInt(height) + 1n) % BigInt(cases.modulus)
  }
  expect(totals).toEqual(cases.ladders.totals)
  expect(Number(digest)).toBe(cases.ladders.digest)
})

test('sequences of readings with hold times, hysteresis, gaps, changed thresholds and silence are judged as the server judges them', () => {
  const random = numbers()
  const next = () => random.next().value as number
  const rung = () => {
    const drawn = next()
    return drawn % 6 === 0 ? null : String((drawn % 400) / 10)
  }
  const drawnRow = (is_below: boolean) => row({ warn: rung(), limit: rung(), clear: rung(), cmp: is_below ? 'lt' : 'ge', for_seconds: [0, 5, 10, 30][next() % 4] as number })
  let digest = 0n
  const totals = [0, 0, 0]
  const told = ({ height, since_ns, at_ns }: Standing) => {
    totals[height] = (totals[height] ?? 0) + 1
    const since = since_ns.map((began) => (began === null ? 0n : (at_ns - began) / 1_000_000n + 1n))
    for (const each of [BigInt(height), ...since]) digest = (digest * 31n + each + 1n) % BigInt(cases.modulus)
  }
  for (let course = 0; course < cases.courses.count; course += 1) {
    const isSilence = next() % 3 === 0
    const isBelow = !isSilence && next() % 2 === 0
    let limits = drawnRow(isBelow)
    let [at_ns, heard_ns] = [1_000_000_000_000n, 1_000_000_000_000n]
    let standing: Standing = { ...AT_EASE, at_ns }
    for (let step = 0; step < cases.courses.steps; step += 1) {
      at_ns += BigInt((next() % 12_000) + 1) * 1_000_000n
      if (next() % 20 === 0) at_ns += GAP_NS_MAX
      if (next() % 5 === 0) heard_ns = at_ns
      const value = isSilence ? silentMs(heard_ns, at_ns) / 1000 : (next() % 400) / 10
      const isLate = next() % 25 === 0
      standing = standingNow(limits, standing, value, isLate ? standing.at_ns - 1n : at_ns)
      told(standing)
      if (next() % 8 > 0) continue
      limits = drawnRow(isBelow)
      standing = standingNow(limits, standing, value, standing.at_ns)
      told(standing)
    }
  }
  expect(totals.reduce((sum, each) => sum + each)).toBeGreaterThan(10_000)
  expect(totals).toEqual(cases.courses.totals)
  expect(Number(digest)).toBe(cases.courses.digest)
})
