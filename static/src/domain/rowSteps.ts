/** Keys that lead from row to row. */

export interface Rows {
  count: number
  /** How many fit on the screen; without it no key turns pages. */
  page?: number
}

/** The row that a key leads to, never past an end; undefined when the key leads nowhere. */
export function placeAfter(key: string, at: number, { count, page }: Rows): number | undefined {
  const places: Record<string, number | undefined> = {
    ArrowDown: at + 1, ArrowUp: at - 1, PageDown: page && at + page, PageUp: page && at - page, Home: 0, End: count - 1,
  }
  const wanted = places[key]
  return wanted === undefined ? undefined : Math.min(count - 1, Math.max(0, wanted))
}
