/** Step S5: a figure beside its two thresholds, judged as the server judges it. */

import { METRICS, type BusinessFigure, type Metric, type MetricThreshold } from '@/api/business'
import type { Alert, Cmp, Figure, Level, Reading } from '@/api/types'
import { holds } from './decimals'

export const STANDINGS = ['quiet', 'monitoring', 'risk'] as const
export type Standing = (typeof STANDINGS)[number]

/** An unknown figure stands nowhere; the risk threshold goes before the other one. */
export function judged(value: Figure | null, cmp: Cmp, monitoring: Figure | null, risk: Figure | null): Standing {
  if (risk !== null && holds(value, cmp, risk)) return 'risk'
  return monitoring !== null && holds(value, cmp, monitoring) ? 'monitoring' : 'quiet'
}

/** The rules of the metrics; an indicator of another rule may have the name of a metric. */
const METRIC_RULE = /^B13\.\d$/

export function metricOfAlert({ rule, values }: Pick<Alert, 'rule' | 'values'>): Metric | undefined {
  if (!METRIC_RULE.test(rule)) return undefined
  return METRICS.find((metric) => values.some(({ indicator }) => indicator === metric))
}

/** What stands behind an alert now; of an account that is judged at several exchanges, the row that it was judged by. */
export function thresholdOfAlert(
  { key, level, metric, threshold }: Pick<Alert, 'key' | 'level'> & Pick<Reading, 'threshold'> & { metric: Metric },
  figures: readonly BusinessFigure[],
  rows: readonly MetricThreshold[],
): MetricThreshold | null {
  const [exchange = '', symbol = ''] = key.contract?.split(':') ?? []
  const account = key.account ?? ''
  const own = figures.filter((each) => each.metric === metric && each.account === account && each.symbol === symbol && (!exchange || each.exchange === exchange))
  const places = own.length > 0 ? own : [{ metric, exchange, account, symbol }]
  const found = places.map((each) => thresholdOf(each, rows)).filter((row) => row !== null)
  const standing = standingOf(level)
  return found.find((row) => row[standing] !== null && holds(row[standing], 'eq', threshold)) ?? found[0] ?? null
}

export const standingOf = (level: Level) => (level === 'warn' ? 'monitoring' : 'risk')

/** The row for a figure: an account's before a contract's before an exchange's before all. */
export function thresholdOf(figure: Pick<BusinessFigure, 'metric' | 'exchange' | 'account' | 'symbol'>, rows: readonly MetricThreshold[]): MetricThreshold | null {
  const { exchange, account, symbol } = figure
  const places = [[exchange, account, symbol], [exchange, account, ''], ['', account, ''], [exchange, '', symbol], [exchange, '', ''], ['', '', '']]
  for (const place of places) {
    const found = rows.find((row) => row.metric === figure.metric && [row.exchange, row.account, row.symbol].every((each, at) => each === place[at]))
    if (found) return found
  }
  return null
}
