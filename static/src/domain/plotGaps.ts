/** Columns of a plot by the second; between rows far apart nobody knows what was. */

type Row = readonly [second: number, ...values: number[]]
const GAP_SECONDS_MAX = 5

export function withGaps(rows: readonly Row[], width: number): [number[], ...(number | null)[][]] {
  const all = rows.flatMap((row, place): (readonly [number, ...(number | null)[]])[] => {
    const before = rows[place - 1]?.[0] ?? row[0]
    return row[0] - before > GAP_SECONDS_MAX ? [[before + 1], row] : [row]
  })
  const column = (place: number) => all.map((row) => row[place] ?? null)
  return [all.map(([second]) => second), ...Array.from({ length: width }, (_, place) => column(place + 1))]
}
