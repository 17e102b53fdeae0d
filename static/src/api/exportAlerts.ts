/** Every alert of a filter as a CSV file, with codes as on the wire. */

import type { AlertFilter } from '@/domain/alertFilter'
import { csv, saveAs } from '@/domain/csv'
import { SIGNS } from '@/domain/figures'
import { dateTime } from '@/domain/times'
import { pages } from './pages'
import type { Alert } from './types'

const PAGES_MAX = 1_000
const HEADER = [
  'id', 'time (UTC+8)', 'trading_day', 'rule', 'version', 'level', 'state', 'key', 'values',
  'order_count', 'late', 'evidence', 'handled_by', 'handled_at (UTC+8)', 'comment',
]

export async function exportAlerts(
  filter: AlertFilter,
  progress: (rows: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const rows: (string | number | null)[][] = []
  for await (const page of pages<Alert>('alerts', { ...filter }, PAGES_MAX, signal)) {
    rows.push(...page.map(rowOf))
    progress(rows.length)
  }
  saveAs(`alerts-${Object.values(filter).join('-') || 'all'}.csv`, csv(HEADER, rows))
}

export function rowOf(alert: Alert): (string | number | null)[] {
  const key = Object.entries(alert.key).map(([name, value]) => `${name}=${value}`)
  const values = alert.values.map(
    (each) => `${each.indicator} ${each.value ?? '–'} ${SIGNS[each.cmp]} ${each.threshold} ${each.unit}`,
  )
  return [
    alert.id, dateTime(alert.time_ns), alert.trading_day, alert.rule, alert.version, alert.level,
    alert.state, key.join(' '), values.join('; '), alert.order_count, String(alert.late),
    alert.evidence, alert.handled_by, alert.handled_at_ns && dateTime(alert.handled_at_ns), alert.comment,
  ]
}
