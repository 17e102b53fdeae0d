const FIRST_MS = 500
const LONGEST_MS = 15_000

/** Doubling, with half of it left to chance so that many pages do not come back at once. */
export function backoffMs(attempt: number, random = Math.random()): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
  return whole / 2 + (random * whole) / 2
}
