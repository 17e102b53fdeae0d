/** How far a back-test is, and how its rules are named. */

import type { Backtest, BacktestState, Question } from '@/api/backtests'
import type { Rule, Version } from '@/api/rules'
import { millisecondsOf } from './times'

export const BACKTEST_ALERT_FILTERS = ['change', 'rule', 'level'] as const
export type BacktestAlertFilter = Partial<Record<(typeof BACKTEST_ALERT_FILTERS)[number], string>>

const PERMILLE = 1_000
const OPEN: readonly BacktestState[] = ['waiting', 'running']

export function isOpen({ state }: Backtest): boolean {
  return OPEN.includes(state)
}

/** Newest first; progress that comes late does not bring back what has ended. */
export function withBacktest(rows: readonly Backtest[], row: Backtest): Backtest[] {
  const known = rows.find(({ id }) => id === row.id)
  if (!known) return [...rows, row].sort((left, right) => right.id - left.id)
  if (!isOpen(known) && isOpen(row)) return [...rows]
  return rows.map((each) => (each.id === row.id ? row : each))
}

export interface Pace {
  /** Business events a second. */
  rate: number
  secondsLeft: number | null
}

/** How fast it is; null before anything can be said. */
export function paceOf(row: Backtest, nowMs: number): Pace | null {
  if (row.started_ns === null || row.progress_permille === 0) return null
  const seconds = Math.max(1, nowMs - millisecondsOf(row.started_ns)) / 1_000
  const secondsLeft = (seconds * (PERMILLE - row.progress_permille)) / row.progress_permille
  return { rate: row.events / seconds, secondsLeft }
}

export const LIVE = 'live'

/** What may be tried of one rule: what waits, what is in force, what was, and the draft. */
export function refsOf(rule: Rule, versions: readonly Version[]): { ref: string; version: Version | null }[] {
  const refs = versions.map((version) => ({ ref: `version:${rule.code}/${version.number}`, version }))
  return rule.mode === 'draft' || versions.length === 0 ? [{ ref: `draft:${rule.code}`, version: null }, ...refs] : refs
}

/** What is tried first: the proposal against what is in force. */
export function firstQuestion(rule: Rule, versions: readonly Version[], day: string): Question {
  const [first] = refsOf(rule, versions)
  const proposed = versions.find(({ state }) => state === 'proposed')
  const inForce = versions.find((each) => each.is_in_force)
  const rules = proposed ? `version:${rule.code}/${proposed.number}` : inForce ? `version:${rule.code}/${inForce.number}` : (first?.ref ?? LIVE)
  const against = proposed && inForce ? `version:${rule.code}/${inForce.number}` : ''
  return { first_day: day, last_day: day, rules, against }
}

/** P01 v3 of version:P01/3. */
export function shortRef(ref: string, words: { live: string; draft: (rule: string) => string }): string {
  const [kind, rest = ''] = [ref.slice(0, ref.indexOf(':')), ref.slice(ref.indexOf(':') + 1)]
  if (ref === LIVE) return words.live
  if (kind === 'draft') return words.draft(rest)
  return kind === 'version' ? rest.replace('/', ' v') : ref
}
