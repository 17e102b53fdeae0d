/** What the alerts page is narrowed to. It lives in the address, so a link shows the same thing. */

import type { Alert } from '@/api/types'

export const FILTER_NAMES = ['level', 'state', 'rule', 'account', 'customer', 'group', 'owner', 'day'] as const
export type FilterName = (typeof FILTER_NAMES)[number]
export type AlertFilter = Partial<Record<FilterName, string>>

/** The owner of what nobody looks after. */
export const NOBODY = '-'

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

/** Whether it fits, as far as the alert says; whose its account is it does not say: `isAbout`. */
export function matches(alert: Alert, filter: AlertFilter): boolean {
  return (
    is(filter.owner, alert.owner ?? NOBODY) &&
    is(filter.level, alert.level) &&
    is(filter.state, alert.state) &&
    is(filter.rule, alert.rule) &&
    is(filter.account, alert.key.account) &&
    is(filter.day, alert.trading_day)
  )
}

/** A customer or group that a filter names; an alert of one of its accounts may be about it too. */
export function isAbout(alert: Alert, filter: AlertFilter): boolean {
  return is(filter.customer, alert.key.customer) && is(filter.group, alert.key.group)
}

function is(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value
}
