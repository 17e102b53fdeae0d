/** What the Order flow page is narrowed to. It lives in the address, so a link shows the same thing. */

import type { FeedProblem, FlowEvent } from '@/api/types'

export const EVENT_FILTERS = ['exchange', 'account', 'symbol', 'event', 'counter', 'ref', 'day'] as const
export const PROBLEM_FILTERS = ['problem', 'protocol', 'conn', 'account', 'day'] as const
export const SESSION_FILTERS = ['feed', 'state', 'protocol'] as const
export type EventFilter = Partial<Record<(typeof EVENT_FILTERS)[number], string>>
export type ProblemFilter = Partial<Record<(typeof PROBLEM_FILTERS)[number], string>>
export type SessionFilter = Partial<Record<(typeof SESSION_FILTERS)[number], string>>

export const EVENTS = [
  'order', 'cancel', 'confirm', 'fill', 'cancelled', 'reject', 'cancel_reject', 'quote', 'quote_cancel', 'quote_request', 'market',
] as const
export const PROBLEMS = [
  'gap', 'overlap_conflict', 'truncated', 'encrypted', 'malformed', 'checksum', 'unknown_type', 'midstream',
  'unanswered', 'not_effective', 'orphan', 'limit', 'unknown_counter', 'reject', 'cancel_reject',
] as const

export function pick<Name extends string>(query: Record<string, unknown>, names: readonly Name[]): Partial<Record<Name, string>> {
  const filter: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = query[name]
    if (typeof value === 'string' && value !== '') filter[name] = value
  }
  return filter
}

export function isSame(left: object, right: object): boolean {
  return JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort())
}

/** Of what is live the day is always today. */
export function fitsEvent(event: FlowEvent, filter: EventFilter): boolean {
  return (
    is(filter.exchange, event.exchange) &&
    is(filter.account, event.account) &&
    is(filter.symbol, event.symbol) &&
    is(filter.event, event.event) &&
    is(filter.counter, event.counter) &&
    is(filter.ref, event.order_ref)
  )
}

export function fitsProblem(problem: FeedProblem, filter: ProblemFilter): boolean {
  return (
    is(filter.problem, problem.problem) &&
    is(filter.protocol, problem.protocol) &&
    is(filter.conn, problem.conn) &&
    is(filter.account, problem.account) &&
    (filter.day === undefined || problem.id.startsWith(filter.day))
  )
}

function is(wanted: string | undefined, value: string | null): boolean {
  return wanted === undefined || wanted === value
}
