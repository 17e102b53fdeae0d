/** Function modules by REST and on the live topic. */

import { get, post } from './http'
import type { Ns } from './types'

export const MODULE_STATES = ['running', 'kept', 'failed', 'disabled'] as const
export type ModuleStateName = (typeof MODULE_STATES)[number]
export type Gesture = 'load' | 'reload' | 'disable'

export interface ModuleProcess {
  process: string
  pid: number
  host: string
}

export interface ModuleState extends ModuleProcess {
  state: ModuleStateName
  version: string | null
  sha256: string | null
  revision: number
  since_ns: Ns
  /** Why what was asked for does not run; `code` for the sort of reason. */
  error: string
  code: string
  failures: number
  last_failure: string
  last_failure_ns: Ns
  under_way: number
}

export interface Reading {
  metric: string
  key: string
  value: string
  level: 'ok' | 'monitoring' | 'risk'
  at_ns: Ns
}

export interface FunctionModule {
  name: string
  title: string
  origin: 'built_in' | 'folder' | 'package'
  path: string
  sha256: string
  is_enabled: boolean
  revision: number
  note: string
  changed_at: string | null
  offers: Record<'endpoints' | 'commands' | 'topics' | 'jobs' | 'metrics' | 'rules', number>
  states: ModuleState[]
  readings: Reading[]
}

export interface Candidate {
  origin: string
  path: string
  sha256: string
}

export interface ModuleNews {
  processes: ModuleProcess[]
  modules: FunctionModule[]
}

export interface ModuleList extends ModuleNews {
  candidates: Candidate[]
}

export const getModules = () => get<ModuleList>('modules')
export const switchModule = (name: string, gesture: Gesture, note: string) =>
  post<{ revision: number }>(`modules/${encodeURIComponent(name)}/${gesture}`, { note })
