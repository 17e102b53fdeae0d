/** The business metrics by REST: figures beside their thresholds, and their series. */

import { get } from './http'
import type { Bilingual, Cmp, Ns } from './types'

export const METRICS = ['option_obligation', 'future_obligation', 'fx_obligation', 'quotes', 'funds', 'cancels', 'largest_order', 'permission'] as const
export type Metric = (typeof METRICS)[number]

/** Raw integers, as the server computed them; null is unknown. */
export type Details = Record<string, number | string | boolean | null>

export interface BusinessFigure {
  metric: Metric
  exchange: string
  account: string
  symbol: string
  value: string | null
  cmp: Cmp
  unit: string
  as_of_ns: Ns
  details: Details
}

export interface BusinessNews {
  trading_day: string | null
  sources: Record<Metric, boolean>
  count: number
  results: BusinessFigure[]
}

export interface MetricThreshold {
  id: number
  metric: Metric
  exchange: string
  account: string
  symbol: string
  monitoring: string | null
  risk: string | null
  cmp: Cmp
  unit: string
  source_note: string
  rule: string
  name: Bilingual
  advice: Bilingual
}

export interface BusinessSeries {
  monitoring: string | null
  risk: string | null
  points: { at_ns: Ns; value: string }[]
}

export const getBusiness = () => get<BusinessNews>('metrics/business')
export const getMetricThresholds = () => get<{ results: MetricThreshold[] }>('metrics/business/thresholds')
export function getBusinessSeries({ metric, exchange, account, symbol }: BusinessFigure): Promise<BusinessSeries> {
  return get<BusinessSeries>('metrics/business/series', { metric, exchange, account, symbol })
}
