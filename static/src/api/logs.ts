/** Logs by REST: their lines, and what the last ten minutes counted. */

import type { LogLine } from './hosts'
import { getPage } from './pages'
import type { Params } from './http'
import type { Ns } from './types'

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug', 'text'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogTotal {
  source: string
  levels: Partial<Record<LogLevel, number>>
  latencies: number
  mean_ms: number | null
  max_ms: number | null
}

export interface LogNews {
  as_of_ns: Ns
  logs: LogTotal[]
}

export const getLines = (filter: Params, signal?: AbortSignal) => getPage<LogLine>('logs', filter, signal)
