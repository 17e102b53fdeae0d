/** The ledger by REST. Amounts are decimal text in the account's currency, `posted` is credits minus debits. */

import { get, post, type Params } from './http'
import type { Ns, Page } from './types'

export type Side = 'debit' | 'credit'
export const USABILITIES = ['open', 'no_decreases', 'frozen', 'closed'] as const
export type Usability = (typeof USABILITIES)[number]
export const DIRECTIONS = ['credit', 'debit', 'unrestricted'] as const
export type BalanceDirection = (typeof DIRECTIONS)[number]
export const REFUSAL_REASONS = ['insufficient', 'unusable'] as const

export interface Figures {
  posted: string
  reserved: string
  available: string | null
  overdraft: string
  usability: Usability
  seq: number
}

export interface Account {
  id: string
  name: string
  currency: string
  direction: BalanceDirection
  parent: string | null
  overdraft: string
  usability: Usability
}

export interface ListedAccount extends Account, Figures {
  posted_at: string | null
  has_children: boolean
}

export interface Balance {
  posted: string
  reserved: string
  available: string | null
  seq: number
  as_of: string
}

export interface AccountChange {
  what: string
  usability: Usability
  reason: string
  by: string
  at: string
}

export interface Line {
  seq: number
  transaction: string
  side: Side
  amount: string
  balance_after: string
  posted_at: string
  posting_date: string
  value_date: string
}

export interface Period {
  opening: string
  debit: string
  credit: string
  closing: string
  lines: number
  first_seq: number | null
  last_seq: number | null
}

export interface Leg {
  account: string
  side: Side
  amount: string
}

export interface TrustedLeg extends Leg {
  trust: 'post' | 'in'
}

export interface InFlight {
  id: string
  tried_at: string
  tried_by: string
  age_seconds: number
  is_aged: boolean
  reserves: boolean
  memo: string
  legs: TrustedLeg[]
}

export interface Refusal {
  id: string
  at: string
  reason: string
  account: string
  by: string
  memo: string
  legs: TrustedLeg[]
}

export interface HotAccount extends Figures {
  id: string
  name: string
  currency: string
  movements: number
}

/** A second, how late postings were in it, and how many there were. */
export type PostedSecond = readonly [second: number, lagMs: number, posted: number]

export interface LedgerNews {
  as_of_ns: Ns
  /** Since then no changed account is left out. */
  complete_since_ns: Ns
  accounts: ({ id: string } & Figures)[]
  hot: HotAccount[]
  flow: {
    unposted: number
    unposted_oldest_ms: number | null
    in_flight: number
    in_flight_oldest_ms: number | null
    has_poster: boolean
    alarms: string[]
  }
  history: PostedSecond[]
  proposals: { waiting: number; changes: number }
}

export interface Flow {
  unposted: number
  unposted_oldest_seconds: number | null
  unposted_seconds_max: number
  in_flight: number
  in_flight_oldest_seconds: number | null
  in_flight_seconds_max: number
  ages: { since_seconds: number; count: number }[]
}

export interface TrialBalance {
  as_of: string
  day: string
  unposted: number
  rows: { currency: string; debit: string; credit: string }[]
}

export interface Days {
  day: string
  cuts: { closed: string; next: string; in_flight: number; unposted: number; by: string; at: string }[]
  reconciliations: {
    day: string
    at: string
    accounts: number
    differences: { account: string; what: string; balance: string; events: string }[]
  }[]
}

export const PROPOSAL_STATES = ['proposed', 'approved', 'booked', 'refused', 'rejected', 'withdrawn', 'ended'] as const
export type ProposalState = (typeof PROPOSAL_STATES)[number]

export interface Proposal {
  id: string
  state: ProposalState
  reason: string
  proposed_by: string
  proposed_at: string
  decided_by: string | null
  decided_at: string | null
  decision_reason: string | null
  history: { what: ProposalState; at: string; by: string | null; reason: string | null }[]
}

export interface Voucher extends Proposal {
  legs: TrustedLeg[]
  value_date: string | null
  memo: string
  refusal: string | null
}

export interface Permit extends Proposal {
  account: string
  currency: string
  limit: string
  before: string | null
  expires_at: string | null
}

export interface VoucherWish {
  id: string
  legs: Leg[]
  value_date: string | null
  memo: string
  reason: string
}

export interface PermitWish {
  id: string
  account: string
  limit: string
  expires_at: string | null
  reason: string
}

export type ProposalKind = 'vouchers' | 'overdraft-permits'
export type Decision = 'approve' | 'reject' | 'withdraw'

const place = (id: string) => `ledger/accounts/${encodeURIComponent(id)}`

export const getAccount = (id: string) => get<Account>(place(id))
export const getBalance = (id: string, at?: string) => get<Balance>(`${place(id)}/balance`, { at })
export const getPeriod = (id: string, first: string, last: string) => get<Period>(`${place(id)}/period`, { first, last })
export const getLines = (id: string, from: number, limit: number) =>
  get<Line[]>(`${place(id)}/statement`, { from_seq: String(from), limit: String(limit) })
export const getChanges = (id: string) => get<AccountChange[]>(`${place(id)}/changes`)
export const findAccounts = (params: Params, signal?: AbortSignal) => get<Page<ListedAccount>>('ledger/accounts', params, signal)
export const postGesture = (id: string, gesture: string, body: { reason: string; scope?: string }) => post<Account>(`${place(id)}/${gesture}`, body)
export const getFlow = () => get<Flow>('ledger/flow')
export const getTrialBalance = () => get<TrialBalance>('ledger/trial-balance')
export const getDays = () => get<Days>('ledger/days')
export const getProposal = <Kind extends Proposal>(kind: ProposalKind, id: string) => get<Kind>(`ledger/${kind}/${encodeURIComponent(id)}`)
export const postVoucher = (wish: VoucherWish) => post<Voucher>('ledger/vouchers', wish)
export const postPermit = (wish: PermitWish) => post<Permit>('ledger/overdraft-permits', wish)
export const postDecision = <Kind extends Proposal>(kind: ProposalKind, id: string, decision: Decision, reason: string) =>
  post<Kind>(`ledger/${kind}/${encodeURIComponent(id)}/${decision}`, { reason })
