/** The shapes of docs/protocols/live.md. Nanoseconds are text: they do not fit a number. */

import type { Silence } from './silences'

export type Ns = string
export type Level = 'warn' | 'restrict' | 'limit'
export type AlertState = 'open' | 'acknowledged' | 'closed'
export type Cmp = 'ge' | 'gt' | 'le' | 'lt' | 'eq' | 'ne'
export type Language = 'en' | 'zh-hans'
export type Figure = number | string

export interface Bilingual {
  en: string
  zh: string
}

export interface Session {
  user: string
  roles: string[]
  permissions: string[]
  language: Language
  environment: 'simulated' | 'production'
  is_staff: boolean
}

export interface Reading {
  indicator: string
  value: Figure | null
  cmp: Cmp
  threshold: Figure
  unit: string
}

export interface Alert {
  id: string
  trading_day: string
  rule: string
  version: number
  name: Bilingual
  advice: Bilingual
  level: Level
  key: Record<string, string>
  time_ns: Ns
  values: Reading[]
  order_count: number
  order_refs: string[]
  late: boolean
  evidence: string | null
  state: AlertState
  handled_by: string | null
  handled_at_ns: Ns | null
  comment: string
  admin_url: string
  owner: string | null
  /** The silence that kept it from being told. */
  silence: number | null
  /** Of a rule on trial: seen, never told. */
  shadow: boolean
}

export interface StateChange {
  id: string
  state: AlertState
  by: string
  at_ns: Ns
  comment: string
  owner: string | null
}

export type Gesture = 'acknowledge' | 'close' | 'reopen' | 'comment' | 'assign'

export interface Note {
  at: string
  author: string
  gesture: Gesture
  text: string
  owner: string | null
}

export type AlertMessage =
  | { change: 'raised'; alert: Alert }
  | { change: 'state'; alert: StateChange }
  | { change: 'thresholds'; thresholds: Threshold[] }
  | { change: 'silenced'; alert: { id: string; silence: number } }
  | { change: 'silence'; silence: Silence }
  | { change: 'missed' }

export interface Threshold {
  id: number | string
  rule: string
  name: string | Bilingual
  indicator: string
  over: string | null
  cmp: Cmp
  unit: string
  level: Level
  value: Figure
  version: number
  /** Whom it is for; empty for all. */
  scope: Record<string, string>
  /** The trading day it is in force from; null from always. */
  effective_from: string | null
}

export interface Contract {
  exchange: string
  symbol: string
  name: string
  kind: string
  board: string
  tick: string
  lot: Figure
  order_quantity_max: Figure | null
}

export interface FlowEvent {
  id: string
  time_ns: Ns
  exchange: string
  account: string | null
  symbol: string | null
  event: string
  side: string | null
  price: string | null
  quantity: string | null
  order_ref: string | null
  cancel_of: string | null
  exec_ref: string | null
  outcome: string | null
  counter: string | null
  access_system: string | null
  conn: string | null
  late: boolean
}

export type SessionState = 'open' | 'half' | 'closed' | 'undetected'

/** A TCP session of an order feed. */
export interface FeedSession {
  feed: string
  conn: string
  client: string
  server: string
  protocol: string | null
  state: SessionState
  user: string | null
  origin: string | null
  since_ns: Ns
  last_ns: Ns | null
  bytes: number
  messages: number
  events: number
  gaps: number
  lost_bytes: number
  problems: number
  encrypted_bytes: number
}

export interface Sessions {
  as_of_ns: Ns
  total: number
  sessions: FeedSession[]
}

/** `excerpt` is hex, ** for a byte that is not shown. */
export interface FeedProblem {
  id: string
  at_ns: Ns
  problem: string
  reason: string | null
  exchange: string | null
  account: string | null
  symbol: string | null
  order_ref: string | null
  conn: string | null
  protocol: string | null
  direction: 'up' | 'down' | null
  position: number | null
  size: number
  excerpt: string | null
}

export interface FeedProblems {
  as_of_ns: Ns
  newest: FeedProblem[]
}

export interface Orders {
  as_of_ns: Ns
  orders_per_second: number | null
  reports_per_second: number | null
  cancels_per_second: number | null
  history: [second: number, orders: number, reports: number][]
  newest: FlowEvent[]
}

export interface TradingSession {
  trading_day: string
  phase: string
  time_ns: Ns
  is_simulated: boolean
}

export interface Feed {
  feed: string
  exchange: string
  packets: number | null
  messages: number | null
  events: number | null
  gaps: number | null
  problems: number | null
  encrypted: number | null
  last_packet_ns: Ns | null
  state: 'live' | 'idle' | 'stopped'
}

export interface Stage {
  stage: string
  name: string
  source_name: string
  lag_ms: number | null
  waiting: number | null
  state: 'ok' | 'behind' | 'stopped'
}

export interface Process {
  name: string
  source_name: string
  pid: number | null
  state: 'running' | 'restarting' | 'stopped'
  since_ns: Ns | null
  restarts: number | null
  cpu_percent: number | null
  rss_bytes: number | null
}

export interface Health {
  as_of_ns: Ns
  session: TradingSession | null
  feeds: Feed[]
  stages: Stage[]
  processes: Process[]
}

export interface Statistics {
  as_of_ns: Ns
  trading_day: string
  alerts: Record<string, Partial<Record<Level, number>>>
  open: Partial<Record<Level, number>>
}

export interface Page<Row> {
  next: string | null
  results: Row[]
}

export interface Problem {
  /** urn:riskgw:<code>. */
  type?: string
  title: string
  status: number
  detail?: string
  errors?: FieldError[]
}

/** What is wrong with one argument. */
export interface FieldError {
  field: string
  code: string
  detail: string
}
