/** What the server's clock shows, as a page knows it by the times that messages carry. */

/** Of so many messages the fastest tells best; older ones are from before a clock was set. */
const OFFSETS_MAX = 30

/** Server minus browser, a message each; every one is short by the time that the message took. */
export type Offsets = readonly number[]

export function heardOf(offsets: Offsets, written_ms: number, now_ms: number): Offsets {
  return [...offsets, written_ms - now_ms].slice(-OFFSETS_MAX)
}

/** Never later than it is there, as long as nobody sets a clock. */
export function serverMs(offsets: Offsets, now_ms: number): number {
  return offsets.length > 0 ? now_ms + Math.max(...offsets) : now_ms
}
