/** Which prompts stand on the screen: one an alert, or one for a whole storm. */

import type { Alert, Level } from '@/api/types'
import { isCritical } from './levels'

export const STORM_SIZE = 5
export const STORM_WINDOW_MS = 2_000
const STORM_CRITICAL_MAX = 1_000

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
}

export const NO_PROMPTS: Prompts = { shown: [], storm: null, recent_ms: [] }

export function raised(prompts: Prompts, alert: Alert, now_ms: number): Prompts {
  const since = now_ms - STORM_WINDOW_MS
  const recent_ms = [...prompts.recent_ms.filter((each) => each > since), now_ms]
  const { shown, storm } = prompts
  if (storm && storm.last_ms > since) {
    return { shown, storm: joined(storm, [alert], now_ms), recent_ms }
  }
  if (recent_ms.length <= STORM_SIZE) {
    return { shown: [...shown, { alert, at_ms: now_ms }], storm, recent_ms }
  }
  const swept = shown.filter((each) => each.at_ms > since)
  const alerts = [...swept.map((each) => each.alert), alert]
  return {
    shown: shown.filter((each) => each.at_ms <= since),
    storm: joined(storm ?? calm(swept[0]?.at_ms ?? now_ms), alerts, now_ms),
    recent_ms,
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
