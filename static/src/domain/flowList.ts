/** Lists of what happened, newest first, each once and no longer than a limit. */

import type { Ns } from '@/api/types'
import { laterFirst } from './times'

interface Numbered {
  id: string
}

/** Rows of equal time stay as they came. */
export function newestFirst<Row extends Numbered>(
  known: readonly Row[],
  arrived: readonly Row[],
  timeOf: (row: Row) => Ns,
  rowsMax: number,
): readonly Row[] {
  const fresh = unknownOf(known, arrived)
  if (fresh.length === 0) return known
  return [...fresh, ...known].sort((left, right) => laterFirst(timeOf(left), timeOf(right))).slice(0, rowsMax)
}

export function unknownOf<Row extends Numbered>(known: readonly Row[], arrived: readonly Row[]): Row[] {
  const ids = new Set(known.map(({ id }) => id))
  return arrived.filter(({ id }) => !ids.has(id))
}
