/** Back-tests by REST: rules judged on recorded days. */

import { get, post } from './http'
import type { Level, Ns, Reading } from './types'

export type BacktestState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted'
export const CHANGES = ['added', 'removed', 'level', 'none'] as const
export type Change = (typeof CHANGES)[number]
type Levels = Partial<Record<Level, number>>

export interface RuleCount {
  rule: string
  levels: Levels
  /** Null where nothing was compared. */
  levels_before: Levels | null
  changes: Record<Change, number> | null
}

export interface Backtest {
  id: number
  state: BacktestState
  author: string
  first_day: string
  last_day: string
  rules: string
  against: string | null
  created_ns: Ns
  started_ns: Ns | null
  ended_ns: Ns | null
  progress_permille: number
  events: number
  error: string
  result: {
    rules: RuleCount[]
    files: string[]
    events: number
    problems: Record<string, number>
    seconds: number
    alerts: number
    /** How many of the alerts are kept. */
    rows: number
  } | null
}

export interface BacktestAlert {
  number: number
  change: Change | null
  rule: string
  level: Level
  level_before: Level | null
  key: Record<string, string>
  time_ns: Ns
  values: Reading[]
  order_count: number
}

export type BacktestMessage = { change: 'asked' | 'begun' | 'progress' | 'ended'; backtest: Backtest } | { change: 'missed' }

export interface Question {
  first_day: string
  last_day: string
  rules: string
  against: string
}

export const getDays = () => get<{ day: string }[]>('backtests/days')
export const postBacktest = (question: Question) => post<Backtest>('backtests', question)
export const postCancel = (id: number) => post<Backtest>(`backtests/${id}/cancel`, {})
