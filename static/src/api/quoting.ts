/** Quoting as the engine tells it. Prices are ticks; nanoseconds are text. */

import type { Digits } from '@/domain/digits'
import { post } from './http'
import type { Ns } from './types'

export const SIDES = ['bid', 'ask'] as const
export type Side = (typeof SIDES)[number]
export type QuoteMode = 'auto' | 'manual'
export type CellState = 'stopped' | 'invalid' | 'stale' | 'pending' | 'live' | 'withdrawing' | 'unknown'
export type Quality = 'ok' | 'stale' | 'crossed' | 'outlier' | 'disabled' | 'down'
export type TouchGesture = 'start' | 'stop' | 'clear' | 'nudge' | 'double_click' | 'enter' | 'enter_start' | 'esc' | 'auto' | 'keep'

/** `price` stands on the panel, `target` is to be in the market, `published` is what the channel confirmed. */
export interface CellFields {
  side: Side
  level: number
  size: number
  mode: QuoteMode
  state: CellState
  reason: string
  is_editing: boolean
  price: number | null
  target: number | null
  published: number | null
  published_size: number
  spread_adjust: number
  expires_ns: Ns | null
}

export interface Latch {
  reason: string
  at_ns: Ns
  value: number
  limit: number
  by: string
}

/** A request that waits for a trader; without side and price it asks for a price. */
export interface Ticket {
  ticket: string
  side: Side | null
  price: number | null
  size: number
  until_ns: Ns
  party: string
}

export interface PanelHead {
  pair: string
  channel: string
  is_channel_up: boolean
  mode: QuoteMode | null
  source: string
  bid: number | null
  ask: number | null
  bid_provider: string
  ask_provider: string
  position: number
  realised: number
  unrealised: number
  latch: Latch | null
  digits: Digits
  /** Ticks of one nudge. */
  step: number
  trade_type: string
  value_date: string | null
  choices: string[]
  algorithm: string
  strategy: string
  deal_mode: QuoteMode
  tickets: Ticket[]
  latency: { tick_us: number | null; ack_ms: number | null }
  profile: 'source' | 'default'
  /** In place of news while there is no engine to tell any; `why`, where one waits to begin. */
  engine?: 'away'
  why?: string
}

export interface Panel {
  head: PanelHead
  cells: readonly CellFields[]
}

export interface PanelFrame {
  head?: Partial<PanelHead>
  cells?: [index: number, change: Partial<CellFields> | number | null][]
  whole?: 1
}

export interface Tile {
  pair: string
  channel: string
  is_channel_up: boolean
  states: Partial<Record<CellState, number>>
  latch: Latch | null
  tickets: number
}

export interface Tiles {
  tiles: Tile[]
  sources: Record<string, string>
  channels: Record<string, string>
  /** Why nothing is quoted at all; empty when something may be. */
  trouble: string
}

/** What is told of all pairs while there is no engine. */
export interface Away {
  engine: 'away'
  why?: string
}

export interface RefusedGesture {
  pair: string
  gesture: string
  reason: string
  side: Side | null
  level: number | null
  value: number | null
  limit: number | null
}

export interface EditorOpened {
  pair: string
  side: Side
  level: number
  price: number | null
  publishes: boolean
}

/** What a gesture withdrew on a channel; no message where the channel is down. */
export interface Withdrawn {
  channel: string
  is_up: boolean
  messages: number
}

export interface Done {
  refused?: RefusedGesture[]
  opened?: EditorOpened[]
  withdrawn?: Withdrawn[]
  took_ns?: number
}

export const postStopBook = () => post<Done>('quoting/stop-all', {})

export interface Provider {
  source: string
  name: string
  quality: Quality
  bid: number | null
  ask: number | null
  age_ms: number
}

/** `market` plus `addends` is `price`; a manual price has neither. */
export interface CellDetails {
  side: Side
  level: number
  market: number | null
  addends: number[]
  price: number | null
}

export interface Cleansed {
  source: string
  provider: string
  rule: string
  value: number
  limit: number
  bid: number | null
  ask: number | null
}

export interface Details {
  providers: Provider[]
  cells: CellDetails[]
  strategy: string
  cleansed: Cleansed[]
}

/** `scope`: the pair, or "channel C", "trader T"; a limit of 0 is none. */
export interface UsageLine {
  scope: string
  kind: string
  side: Side | null
  used: number
  limit: number
}

/** From one minute of the day to another, over midnight where it ends earlier. */
export interface Span {
  first_minute: number
  end_minute: number
  ticks: number
}

export interface SpreadRules {
  base: number
  tiers: Record<string, number>
  channels: Record<string, number>
  groups: Record<string, number>
  times: Span[]
  volatility_from: number
  volatility_step: number
  volatility_max: number
  skew: number
  position_step: number
  position_max: number
  spread_min: number
  spread_max: number
  grid: number
}

/** What a strategy sets. */
export interface StrategySettings {
  spread: SpreadRules
  [other: string]: unknown
}

export interface StrategyVersion {
  number: number
  by: string
  at: string
  comment: string
  settings: StrategySettings
}

export interface Strategy {
  name: string
  pair: string | null
  versions: StrategyVersion[]
}

export interface Chosen {
  strategy: string
  version: number
}

/** Without an engine, it is in force once there is one. */
export interface SavedVersion extends Chosen {
  is_in_force: boolean
}

export interface Strategies {
  pair: string
  chosen: Chosen | null
  settings: StrategySettings
  sources: string[]
  strategies: Strategy[]
}

/** `version`: the newest that was seen, 0 for a new strategy. */
export interface WantedVersion {
  strategy: string
  version: number
  settings: StrategySettings
  comment: string
  is_own: boolean
}

export interface PreviewCell {
  side: Side
  level: number
  before: number | null
  after: number | null
  reason: string
}

export interface Deal {
  id: number
  at_ns: Ns
  pair: string
  decimals: number | null
  deal: string
  party: string
  side: Side
  size: number
  price: number
  is_accepted: boolean
  reason: string
  requested_ns: Ns
  price_at_request: number | null
  price_at_decision: number | null
  tolerance: number
  by: string
}
