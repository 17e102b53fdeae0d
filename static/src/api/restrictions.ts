/** Restrictions by REST: who is stopped from what, and how they are let go again. */

import { get, post } from './http'
import type { Level, Ns, Page } from './types'

export const ACTS = ['open', 'close', 'cancel'] as const
export type Act = (typeof ACTS)[number]
export const RELEASES = ['trader', 'risk_officer', 'four_eyes', 'auto_day'] as const
export type Release = (typeof RELEASES)[number]

export interface Proposal {
  by: string
  at_ns: Ns
  reason: string
}

export interface Restriction {
  id: string
  scope: Record<string, string>
  mask: Act[]
  state: 'active' | 'released'
  trading: 'ACTIVE' | 'REDUCING' | 'HALTED'
  since_ns: Ns
  alert: string | null
  rule: string | null
  level: Level | null
  reason: string
  release: Release
  created_by: string | null
  released_by: string | null
  released_at: string | null
  release_reason: string | null
  proposal: Proposal | null
  counters: string[] | null
}

export interface Step {
  at: string
  by: string | null
  verb: string
  reason: string
}

export interface WholeRestriction extends Restriction {
  steps: Step[]
}

/** What still stands at or above the level; null if no shard said so in time. */
export type Cause = { rule: string; key: Record<string, string>; value: number | string | null }[] | null

export interface Released extends Restriction {
  needs: 'second_person' | null
  cause: Cause
}

export interface LiveOrder {
  order_ref: string
  account: string | null
  symbol: string | null
  side: string | null
  price: string | null
  live: string | null
  counter: string | null
  time_ns: Ns
}

export interface RestrictionMessage {
  change: 'restricted' | 'proposed' | 'released' | 'cancel_request'
  restriction: Restriction
}

export interface Wish {
  id: string
  scope: Record<string, string>
  mask: Act[]
  reason: string
  release: Release
}

const place = (id: string) => `restrictions/${encodeURIComponent(id)}`

export const getRestriction = (id: string) => get<WholeRestriction>(place(id))
export const getConcerned = (id: string) => get<Page<LiveOrder>>(`${place(id)}/orders`)
export const postRestriction = (wish: Wish) => post<Restriction>('restrictions', wish)
export const postRelease = (id: string, reason: string) => post<Released>(`${place(id)}/release`, { reason })
export const postCancels = (id: string, reason: string) => post<Page<LiveOrder>>(`${place(id)}/cancel-orders`, { reason })
