/** A customer, control group or account over all counters, as the server knows it at this moment. */

import { get } from './http'
import type { Act, Restriction } from './restrictions'
import type { Ns, Page } from './types'

export const PARTY_KINDS = ['customer', 'group', 'account'] as const
export type PartyKind = (typeof PARTY_KINDS)[number]

export interface Whom {
  kind: PartyKind
  id: string
}

export interface Funds {
  available: string | null
  equity: string | null
  margin: string | null
  risk_percent: string | null
}

export interface SeenAccount {
  exchange: string
  account: string
  counter: string | null
  customer: string | null
  group: string | null
  /** Null while restrictions are not known. */
  trading: Restriction['trading'] | null
  stopped: Act[] | null
  positions_known: boolean | null
  funds: Funds | null
  live_orders: number | null
}

export interface Position {
  exchange: string
  account: string
  counter: string | null
  symbol: string
  side: 'long' | 'short'
  quantity: string | null
  /** What today's trades did, where nobody told what was held. */
  change: string | null
  sellable: string | null
  last: string | null
  is_stale: boolean
}

export interface StandingOrder {
  /** Null until it is stored. */
  id: string | null
  time_ns: Ns
  age_ms: number
  exchange: string
  account: string
  counter: string | null
  symbol: string | null
  side: string | null
  offset: string | null
  price: string | null
  quantity: string | null
  live: string
  origin: string | null
  order_ref: string
}

export interface Party {
  kind: PartyKind
  id: string
  name: string | null
  as_of_ns: Ns
  /** Why nothing live is known; null while it is. */
  pending: string | null
  accounts: SeenAccount[]
  accounts_total: number
  positions: Position[]
  positions_total: number
  orders: Page<StandingOrder> & { total: number }
  restrictions: Restriction[] | null
}

export interface Suggestion {
  kind: PartyKind
  id: string
  name: string | null
  accounts: number
}

const PLACES: Record<PartyKind, string> = { customer: 'customers', group: 'groups', account: 'accounts' }

export const placeOf = ({ kind, id }: Whom) => `${PLACES[kind]}/${encodeURIComponent(id)}/live`

export const getParty = (whom: Whom, params: { symbol?: string; cursor?: string }, signal: AbortSignal) =>
  get<Party>(placeOf(whom), params, signal)

export const searchParties = (search: string, signal?: AbortSignal) =>
  get<Page<Suggestion>>('customers', { search }, signal)
