/** Rules by REST: as they are judged by, and how two people change them. The server says them in words. */

import { get, post } from './http'
import type { Page, Bilingual, Level, Threshold } from './types'

export const MODES = ['live', 'shadow', 'draft', 'off'] as const
export type Mode = (typeof MODES)[number]
export const CATEGORIES = ['programme', 'futures', 'stock', 'pre_trade', 'house'] as const

export interface Rule {
  code: string
  name: Bilingual
  category: string
  mode: Mode
  check_point: 'pre' | 'live' | 'post'
  needs_approval: boolean
  levels: Level[]
  version: number | null
  since: string | null
  proposed: number | null
}

export interface Condition {
  group: number
  title: string
  floor: string | null
  minus: string | null
  cmp: string
  /** Warn, restrict, limit. */
  levels: string[]
  unit: string
  scoped: { whom: string; level: string; value: string; source: string }[]
}

export interface Indicator {
  code: string
  name: string
  op: string
  field: string
  events: string
  window: string
  key: string
  filters: string
}

export interface RuleThreshold extends Threshold {
  id: number
  source_note: string
}

export interface WholeRule extends Rule {
  advice: Bilingual
  source_note: string
  confidence: string
  key: string
  conditions: Condition[]
  indicators: Indicator[]
  parts: { place: string; text: string }[]
  thresholds: RuleThreshold[]
  may_become: Mode[]
}

export interface Version {
  number: number
  state: 'proposed' | 'approved' | 'rejected' | 'withdrawn'
  mode: Mode
  needs_approval: boolean
  is_in_force: boolean
  author: string | null
  effective_from: string
  note: string
  decided_by: string | null
  decided_at: string | null
  reason: string
  before: number | null
  changes: { place: string; old: string; new: string }[]
}

export interface Proposal {
  thresholds: { id: number; value: string }[]
  mode?: Mode
  note: string
}

export type Decision = 'approve' | 'reject' | 'withdraw'

const place = (code: string) => `rules/${encodeURIComponent(code)}`

export const getRule = (code: string) => get<WholeRule>(place(code))
export const getVersions = (code: string) => get<Page<Version>>(`${place(code)}/versions`)
export const postProposal = (code: string, proposal: Proposal) => post<Version>(`${place(code)}/versions`, proposal)
export const postMode = (code: string, mode: Mode, note: string) => post<WholeRule>(`${place(code)}/mode`, { mode, note })
export const postDecision = (code: string, number: number, decision: Decision, reason: string) =>
  post<Version>(`${place(code)}/versions/${number}/${decision}`, { reason })
