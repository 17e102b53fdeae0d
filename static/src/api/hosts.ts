/** Hosts by REST: how each stands, and its figures over time. */

import { get } from './http'
import type { Bilingual, Cmp, Level, Ns } from './types'

export const HOST_STATES = ['ok', 'warn', 'limit', 'unwatched'] as const
export type HostState = (typeof HOST_STATES)[number]

export interface Raised {
  name: string
  level: Level
}

/** Since when a figure has reached its thresholds, by the times of its samples. */
export interface Held {
  name: string
  warn_ns: Ns | null
  limit_ns: Ns | null
}

export interface HostRow {
  name: string
  state: HostState
  at_ns: Ns | null
  heard_ns: Ns | null
  raised: Raised[]
  held: Held[]
  figures: Record<string, number | null>
  /** Those that a threshold is for. */
  watched: Record<string, number>
}

/** Empty is all; numbers are text. */
export interface SystemThreshold {
  id: number
  metric: string
  host: string
  subject: string
  warn: string | null
  limit: string | null
  clear: string | null
  for_seconds: number
  runbook: string
  cmp: Cmp
  unit: string
  /** What a key calls the subject. */
  subject_kind: string
  is_magnitude: boolean
  rule: string
  name: Bilingual
  advice: Bilingual
}

export interface HostNews {
  as_of_ns: Ns
  hosts: HostRow[]
}

export interface Heavy {
  pid: number
  name: string
  user: string
  cpu_percent: number
  memory_bytes: number
}

export interface Limits {
  name: string
  warn: number | null
  limit: number | null
  clear: number | null
  for_seconds: number
  runbook: string
}

export interface Host extends HostRow {
  facts: Record<string, number | string>
  values: Record<string, number | null>
  heaviest: Heavy[]
  thresholds: Limits[]
  note: string
}

export type Point = readonly [at: Ns, value: number | null, high: number | null]

export interface Series {
  name: string
  points: Point[]
}

export interface SeriesList {
  host: string
  since_ns: Ns
  until_ns: Ns
  series: Series[]
}

export interface LogLine {
  id: number
  at_ns: Ns
  host: string
  source: string
  level: string
  text: string
}

export interface HostEvidence {
  host: string
  name: string
  warn: number | null
  limit: number | null
  clear: number | null
  runbook: string
  since_ns: Ns
  until_ns: Ns
  raised_ns: Ns
  ended_ns: Ns | null
  points: Point[]
  heaviest: Heavy[]
  lines: LogLine[]
}

export const getHosts = () => get<HostNews>('hosts')
export const getSystemThresholds = () => get<{ results: SystemThreshold[] }>('metrics/system/thresholds')
export const getHost = (name: string, signal?: AbortSignal) => get<Host>(`hosts/${encodeURIComponent(name)}`, {}, signal)
export const getSeries = (host: string, metrics: string, since: Ns, until: Ns | undefined, signal?: AbortSignal) =>
  get<SeriesList>('metrics/system', { host, metrics, since, until }, signal)
export const getHostEvidence = (alert: string) => get<HostEvidence>(`alerts/${encodeURIComponent(alert)}/host`)
