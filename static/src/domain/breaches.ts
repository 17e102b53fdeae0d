/**
 * Steps S4 and S5 on this page: figures beyond their thresholds, as alerts that only this page knows.
 * The server judges the same a moment later; its alert of the same rule, level and key is the same breach.
 */

import type { Alert, Level, Ns, Reading } from '@/api/types'
import type { JudgedFigure } from '@/stores/business'
import { metricOf } from './hosts'
import { reachedRung, type JudgedPlace } from './hostJudgement'
import { LEVELS } from './levels'

/** Begins the numbers of such alerts. */
export const HERE = 'here '

export function breachOf({ rule, level, key }: Pick<Alert, 'rule' | 'level' | 'key'>): string {
  return [rule, level, ...Object.entries(key).map(([name, value]) => `${name}=${value}`).sort()].join(' ')
}

export function idOfHere(alert: Pick<Alert, 'rule' | 'level' | 'key'>): string {
  return HERE + breachOf(alert)
}

/** Whether no server has confirmed it yet. */
export function isOfHere({ id }: Pick<Alert, 'id'>): boolean {
  return id.startsWith(HERE)
}

/** Of two levels whether the first is the graver one; nothing is below all. */
export function isGraver(level: Level, than: Level | undefined): boolean {
  return than === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(than)
}

type Words = Pick<Alert, 'rule' | 'name' | 'advice'>

interface Breach {
  level: Level
  key: Alert['key']
  reading: Reading
  /** The page that shows the figure. */
  place: string
}

function alertOfHere({ rule, name, advice }: Words, { level, key, reading, place }: Breach, time_ns: Ns): Alert {
  return {
    id: idOfHere({ rule, level, key }), trading_day: '', rule, version: 1, name, advice, level, key, time_ns, values: [reading],
    order_count: 0, order_refs: [], late: false, evidence: null, state: 'open', handled_by: null, handled_at_ns: null,
    comment: '', admin_url: place, owner: null, silence: null, shadow: false,
  }
}

/** Null while a figure is quiet. */
export function businessBreach(figure: JudgedFigure, time_ns: Ns): Alert | null {
  const { metric, exchange, account, symbol, standing, threshold, value, cmp, unit, id } = figure
  const limit = standing === 'quiet' ? null : (threshold?.[standing] ?? null)
  if (!threshold || limit === null) return null
  const key: Alert['key'] = symbol ? { account, contract: `${exchange}:${symbol}` } : { account }
  const place = `/app/statistics/${metric}?of=${encodeURIComponent(id)}`
  const reading = { indicator: metric, value, cmp, threshold: limit, unit }
  return alertOfHere(threshold, { level: standing === 'risk' ? 'limit' : 'warn', key, reading, place }, time_ns)
}

export function hostBreach(host: string, { name, value, height, row }: JudgedPlace, time_ns: Ns): Alert | null {
  const limit = row && reachedRung(row, height)
  if (!row || limit === null) return null
  const subject = name.slice(metricOf(name).length + 1)
  const key = subject ? { host, [row.subject_kind]: subject } : { host }
  const reading = { indicator: row.metric, value, cmp: row.cmp, threshold: limit, unit: row.unit }
  return alertOfHere(row, { level: height === 2 ? 'limit' : 'warn', key, reading, place: `/app/hosts/${encodeURIComponent(host)}` }, time_ns)
}
