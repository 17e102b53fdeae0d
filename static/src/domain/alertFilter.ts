/** What the alerts page is narrowed to. It lives in the address, so a link shows the same thing. */

import type { Alert } from '@/api/types'

export const FILTER_NAMES = ['level', 'state', 'rule', 'account', 'day'] as const
export type FilterName = (typeof FILTER_NAMES)[number]
export type AlertFilter = Partial<Record<FilterName, string>>

type Query = Record<string, unknown>

export function filterFromQuery(query: Query): AlertFilter {
  const filter: AlertFilter = {}
  for (const name of FILTER_NAMES) {
    const value = query[name]
    if (typeof value === 'string' && value !== '') filter[name] = value
  }
  return filter
}

export function isSameFilter(left: AlertFilter, right: AlertFilter): boolean {
  return FILTER_NAMES.every((name) => left[name] === right[name])
}

export function matches(alert: Alert, filter: AlertFilter): boolean {
  return (
    is(filter.level, alert.level) &&
    is(filter.state, alert.state) &&
    is(filter.rule, alert.rule) &&
    is(filter.account, alert.key.account) &&
    is(filter.day, alert.trading_day)
  )
}

function is(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value
}
