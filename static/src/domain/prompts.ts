/** Which prompts stand on the screen: one an alert, or one for a whole storm. */

import type { Alert, Level } from '@/api/types'
import { breachOf, HERE, idOfHere, isOfHere } from './breaches'
import { isCritical } from './levels'

export const STORM_SIZE = 5
export const STORM_WINDOW_MS = 2_000
const STORM_CRITICAL_MAX = 1_000
const HERE_MAX = 2_000

export interface Prompt {
  alert: Alert
  at_ms: number
}

export interface Storm {
  counts: Record<Level, number>
  critical: string[]
  since_ms: number
  last_ms: number
}

export interface Prompts {
  shown: readonly Prompt[]
  storm: Storm | null
  recent_ms: readonly number[]
  /** Breaches that this page has prompted and no server has confirmed. */
  here: readonly string[]
}

export const NO_PROMPTS: Prompts = { shown: [], storm: null, recent_ms: [], here: [] }

/** One prompt a breach, whoever judged it first. */
export function raised(prompts: Prompts, alert: Alert, now_ms: number): Prompts {
  const breach = breachOf(alert)
  if (isOfHere(alert)) {
    const isKnown = prompts.here.includes(breach) || prompts.shown.some((each) => breachOf(each.alert) === breach)
    return isKnown ? prompts : placed({ ...prompts, here: [...prompts.here, breach].slice(-HERE_MAX) }, alert, now_ms)
  }
  return prompts.here.includes(breach) ? confirmed(prompts, alert, now_ms) : placed(prompts, alert, now_ms)
}

/** The server's alert takes the place of this page's; what was put away meanwhile stays away, unless it is critical. */
function confirmed(before: Prompts, alert: Alert, now_ms: number): Prompts {
  const own = idOfHere(alert)
  const prompts = { ...before, here: before.here.filter((each) => each !== breachOf(alert)) }
  const { shown, storm } = prompts
  if (shown.some((each) => each.alert.id === own)) return { ...prompts, shown: shown.map((each) => (each.alert.id === own ? { ...each, alert } : each)) }
  if (!isCritical(alert.level)) return prompts
  if (!storm?.critical.includes(own)) return placed(prompts, alert, now_ms)
  return { ...prompts, storm: { ...storm, critical: storm.critical.map((each) => (each === own ? alert.id : each)) } }
}

/** It is over before a server has judged it. */
export function withdrawn(prompts: Prompts, breach: string): Prompts {
  if (!prompts.here.includes(breach)) return prompts
  return settled({ ...prompts, here: prompts.here.filter((each) => each !== breach) }, HERE + breach)
}

function placed(prompts: Prompts, alert: Alert, now_ms: number): Prompts {
  const { here } = prompts
  const since = now_ms - STORM_WINDOW_MS
  const recent_ms = [...prompts.recent_ms.filter((each) => each > since), now_ms]
  const { shown, storm } = prompts
  if (storm && storm.last_ms > since) {
    return { shown, storm: joined(storm, [alert], now_ms), recent_ms, here }
  }
  if (recent_ms.length <= STORM_SIZE) {
    return { shown: [...shown, { alert, at_ms: now_ms }], storm, recent_ms, here }
  }
  const swept = shown.filter((each) => each.at_ms > since)
  const alerts = [...swept.map((each) => each.alert), alert]
  return {
    shown: shown.filter((each) => each.at_ms <= since),
    storm: joined(storm ?? calm(swept[0]?.at_ms ?? now_ms), alerts, now_ms),
    recent_ms,
    here,
  }
}

export interface Card {
  group: string
  /** The newest of them. */
  alert: Alert
  others: readonly Alert[]
}

/** One card for all that a rule says of the same account or host, where its newest stands. */
export function cardsOf(shown: readonly Prompt[]): Card[] {
  const groups = new Map<string, Alert[]>()
  for (const { alert } of shown) {
    const group = [alert.rule, alert.level, alert.key.account ?? alert.key.host ?? JSON.stringify(alert.key)].join(' ')
    const known = groups.get(group) ?? []
    groups.delete(group)
    groups.set(group, [alert, ...known])
  }
  return [...groups].flatMap(([group, [alert, ...others]]) => (alert ? [{ group, alert, others }] : []))
}

/** The alert needs nobody any more, or the user has put its prompt away. */
export function settled(prompts: Prompts, id: string): Prompts {
  const shown = prompts.shown.filter((each) => each.alert.id !== id)
  return { ...prompts, shown, storm: prompts.storm && withoutCritical(prompts.storm, id) }
}

export function stormOver(prompts: Prompts): Prompts {
  return { ...prompts, storm: null }
}

export function stormSize(storm: Storm): number {
  return storm.counts.warn + storm.counts.restrict + storm.counts.limit
}

function calm(since_ms: number): Storm {
  return { counts: { warn: 0, restrict: 0, limit: 0 }, critical: [], since_ms, last_ms: since_ms }
}

function joined(storm: Storm, alerts: readonly Alert[], last_ms: number): Storm {
  const counts = { ...storm.counts }
  const critical = [...storm.critical]
  for (const alert of alerts) {
    counts[alert.level] += 1
    if (isCritical(alert.level) && critical.length < STORM_CRITICAL_MAX) critical.push(alert.id)
  }
  return { ...storm, counts, critical, last_ms }
}

/** A storm whose last critical alert has been handled goes. */
function withoutCritical(storm: Storm, id: string): Storm | null {
  if (!storm.critical.includes(id)) return storm
  const critical = storm.critical.filter((each) => each !== id)
  return critical.length === 0 ? null : { ...storm, critical }
}
