/** Step S5: a figure beside its two thresholds, judged as the server judges it. */

import type { BusinessFigure, MetricThreshold } from '@/api/business'
import type { Cmp, Figure } from '@/api/types'
import { holds } from './decimals'

export const STANDINGS = ['quiet', 'monitoring', 'risk'] as const
export type Standing = (typeof STANDINGS)[number]

/** An unknown figure stands nowhere; the risk threshold goes before the other one. */
export function judged(value: Figure | null, cmp: Cmp, monitoring: Figure | null, risk: Figure | null): Standing {
  if (risk !== null && holds(value, cmp, risk)) return 'risk'
  return monitoring !== null && holds(value, cmp, monitoring) ? 'monitoring' : 'quiet'
}

/** The row for a figure: an account's before a contract's before an exchange's before all. */
export function thresholdOf(figure: BusinessFigure, rows: readonly MetricThreshold[]): MetricThreshold | null {
  const { exchange, account, symbol } = figure
  const places = [[exchange, account, symbol], [exchange, account, ''], ['', account, ''], [exchange, '', symbol], [exchange, '', ''], ['', '', '']]
  for (const place of places) {
    const found = rows.find((row) => row.metric === figure.metric && [row.exchange, row.account, row.symbol].every((each, at) => each === place[at]))
    if (found) return found
  }
  return null
}
