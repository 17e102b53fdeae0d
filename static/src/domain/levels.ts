import type { AlertState, Level } from '@/api/types'

/** Gravest first. */
export const LEVELS: readonly Level[] = ['limit', 'restrict', 'warn']
export const STATES: readonly AlertState[] = ['open', 'acknowledged', 'closed']
export const LEVEL_ICONS: Record<Level, string> = { warn: 'warn', restrict: 'restrict', limit: 'limit' }

export function isCritical(level: Level): boolean {
  return level === 'limit'
}
