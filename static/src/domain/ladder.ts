/**
 * When a figure is a breach, as the server's monitoring/domain/ladder.py says it: a rung reached in all
 * readings for so long, once, until a reading is back beyond `clear`. Times are the readings' own.
 */

import type { Cmp, Figure } from '@/api/types'
import { holds } from './decimals'

/** At ease, warn, limit. */
export type Height = 0 | 1 | 2
/** Between readings so far apart nobody knows what was. */
export const GAP_NS_MAX = 120_000_000_000n
const NS_PER_SECOND = 1_000_000_000n

export interface Ladder {
  warn: string | null
  limit: string | null
  clear: string | null
  cmp: Cmp
  for_seconds: number
}

/** How high a figure stands; of each rung since when it has been reached, and the reading judged last. */
export interface Standing {
  height: Height
  since_ns: readonly [warn: bigint | null, limit: bigint | null]
  at_ns: bigint
}

export const AT_EASE: Standing = { height: 0, since_ns: [null, null], at_ns: 0n }

/** One more reading; judged again it says the same. */
export function climbed(ladder: Ladder, standing: Standing, value: Figure, at_ns: bigint): Standing {
  const isGap = standing.at_ns > 0n && at_ns - standing.at_ns > GAP_NS_MAX
  const since = (rung: string | null, began: bigint | null) =>
    rung !== null && holds(value, ladder.cmp, rung) ? ((isGap ? null : began) ?? at_ns) : null
  const since_ns = [since(ladder.warn, standing.since_ns[0]), since(ladder.limit, standing.since_ns[1])] as const
  const reached = heightOf(since_ns, at_ns, BigInt(ladder.for_seconds) * NS_PER_SECOND)
  if (reached > standing.height) return { height: reached, since_ns, at_ns }
  const isOver = standing.height > 0 && isBackBeyond(ladder, value)
  return { height: isOver ? 0 : standing.height, since_ns, at_ns }
}

function heightOf([warn, limit]: Standing['since_ns'], at_ns: bigint, for_ns: bigint): Height {
  const hasHeld = (began: bigint | null) => began !== null && at_ns - began >= for_ns
  if (hasHeld(limit)) return 2
  return hasHeld(warn) ? 1 : 0
}

/** Beyond `clear`, without it beyond the rung that is reached first. */
function isBackBeyond({ warn, limit, clear, cmp }: Ladder, value: Figure): boolean {
  const rungs = [warn, limit].filter((rung) => rung !== null)
  const nearer = rungs.find((rung) => rungs.every((each) => each === rung || holds(each, cmp, rung)))
  const end = clear ?? nearer ?? null
  return end === null || !holds(value, cmp, end)
}
