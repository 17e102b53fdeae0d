/** What the number of a message says: the next one, one seen before, or one after a hole. */

export type Kind = 'log' | 'state'
export type Verdict = 'take' | 'skip' | 'gap'

/** Numbers start again when the bus is emptied; a step back this far is no late message. */
export const RESTART_DISTANCE = 100

export function judge(kind: Kind, last: number, seq: number): Verdict {
  const restarted = last - seq >= RESTART_DISTANCE
  if (kind === 'state') return seq >= last || restarted ? 'take' : 'skip'
  if (seq === last + 1) return 'take'
  return seq <= last && !restarted ? 'skip' : 'gap'
}
