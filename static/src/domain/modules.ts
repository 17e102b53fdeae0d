/** What becomes of a function module over all processes. */

import type { FunctionModule, Gesture, ModuleProcess, ModuleState, ModuleStateName } from '@/api/modules'

const WORST_FIRST: readonly ModuleStateName[] = ['failed', 'kept', 'disabled', 'running']

/** The state to worry about first; `pending` while a process has not followed the newest order. */
export function stateOf(module: FunctionModule): ModuleStateName | 'pending' | 'unknown' {
  if (module.states.length === 0) return 'unknown'
  if (module.states.some(({ revision }) => revision !== module.revision)) return 'pending'
  return WORST_FIRST.find((state) => module.states.some((each) => each.state === state)) ?? 'unknown'
}

/** Processes that say nothing of this module. */
export function silentOf(module: FunctionModule, processes: readonly ModuleProcess[]): ModuleProcess[] {
  const speak = new Set(module.states.map(placeOf))
  return processes.filter((each) => !speak.has(placeOf(each)))
}

export function placeOf({ host, process, pid }: ModuleProcess): string {
  return `${host} ${process} ${pid}`
}

export function gesturesFor({ is_enabled }: FunctionModule): Gesture[] {
  return is_enabled ? ['reload', 'disable'] : ['load']
}

/** The newest word of trouble of any process. */
export function troubleOf(states: readonly ModuleState[]): string {
  const refused = states.find(({ error }) => error)
  if (refused) return refused.error
  const failed = states.filter(({ failures }) => failures > 0)
  failed.sort((left, right) => Number(BigInt(right.last_failure_ns) - BigInt(left.last_failure_ns)))
  return failed[0]?.last_failure ?? ''
}

export const shortSum = (sha256: string | null) => (sha256 ? sha256.slice(0, 12) : '')
