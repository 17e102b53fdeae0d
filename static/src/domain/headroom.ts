/** How far up its ladder a figure stands. Prices and money stay text; a bar needs no more than this. */

import type { Headroom } from '@/api/headroom'
import type { Level } from '@/api/types'
import { LEVELS } from './levels'

const HUNDRED = 100

export function topOf(row: Headroom): number | null {
  const top = row.limit ?? row.restrict ?? row.warn
  return top === null ? null : Number(top)
}

/** Percent of the highest level, at most 100; null where there is nothing to compare. */
export function usedPercent(row: Headroom): number | null {
  const top = topOf(row)
  if (row.value === null || top === null || top <= 0) return null
  return Math.min(HUNDRED, Math.max(0, (Number(row.value) / top) * HUNDRED))
}

export function levelReached(row: Headroom): Level | null {
  const { value } = row
  if (value === null) return null
  return LEVELS.find((level) => row[level] !== null && Number(value) >= Number(row[level])) ?? null
}

/** What is nearest to its limit stands first. */
export function nearestFirst(rows: readonly Headroom[]): Headroom[] {
  return rows.toSorted((left, right) => (usedPercent(right) ?? -1) - (usedPercent(left) ?? -1))
}
