/** Alerts under heads: what a table shows when they are grouped by rule, or by whom they are about. */

import type { Alert, Bilingual, Level, Ns } from '@/api/types'
import { LEVELS } from './levels'

export const GROUPINGS = ['rule', 'whom'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** The head of a group; `count` alerts stand below it, the newest first. */
export interface AlertGroup {
  id: string
  isHead: true
  /** A rule's code, or the kind of party and its code. */
  key: Record<string, string>
  name: Bilingual | null
  count: number
  open: number
  worst: Level
  newest_ns: Ns
  isOpen: boolean
}

export type AlertItem = Alert | AlertGroup
export const isHead = (item: AlertItem): item is AlertGroup => 'isHead' in item

const WHOM = ['account', 'group', 'customer', 'counter', 'contract'] as const

export function groupingOf(query: Record<string, unknown>): Grouping | null {
  return GROUPINGS.find((each) => each === query.by) ?? null
}

/** Whom an alert is about: the narrowest its key names. */
function keyOf(alert: Alert, by: Grouping): Record<string, string> {
  if (by === 'rule') return { rule: alert.rule }
  const name = WHOM.find((each) => alert.key[each]) ?? Object.keys(alert.key)[0]
  return name ? { [name]: alert.key[name] ?? '' } : {}
}

/**
 * One pass; alerts come the newest first. The worst groups come first, of those the newest.
 * `closed` are the ids of heads whose alerts are not shown.
 */
export function groupedBy(alerts: readonly Alert[], by: Grouping | null, closed: ReadonlySet<string>): readonly AlertItem[] {
  if (by === null) return alerts
  const groups = new Map<string, Alert[]>()
  for (const alert of alerts) {
    const id = `${by}:${Object.entries(keyOf(alert, by)).flat().join('=')}`
    const members = groups.get(id)
    if (members) members.push(alert)
    else groups.set(id, [alert])
  }
  const heads = [...groups].map(([id, members]) => headOf(id, members, by, !closed.has(id)))
  heads.sort((left, right) => rank(left.worst) - rank(right.worst))
  return heads.flatMap((head) => (head.isOpen ? [head, ...(groups.get(head.id) ?? [])] : [head]))
}

function headOf(id: string, members: readonly Alert[], by: Grouping, isOpen: boolean): AlertGroup {
  const [newest] = members as [Alert]
  return {
    id,
    isHead: true,
    key: keyOf(newest, by),
    name: by === 'rule' ? newest.name : null,
    count: members.length,
    open: members.filter(({ state }) => state === 'open').length,
    worst: LEVELS.find((level) => members.some((each) => each.level === level)) ?? newest.level,
    newest_ns: newest.time_ns,
    isOpen,
  }
}

const rank = (level: Level) => LEVELS.indexOf(level)
