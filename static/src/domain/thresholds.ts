/** Which threshold of today stands behind a reading of an alert. */

import type { Alert, Level, Reading, Threshold } from '@/api/types'

export function thresholdBehind(
  rows: readonly Threshold[],
  alert: Pick<Alert, 'rule' | 'level'>,
  reading: Reading,
): Threshold | undefined {
  const fitting = rows.filter(
    (row) =>
      row.rule === alert.rule && row.level === alert.level && row.indicator === reading.indicator,
  )
  return fitting.find((row) => row.unit === reading.unit) ?? fitting[0]
}

export interface ThresholdLine {
  rule: string
  name: Threshold['name']
  indicator: string
  over: string | null
  cmp: Threshold['cmp']
  unit: string
  levels: Partial<Record<Level, Threshold>>
}

/** One line a condition, its levels beside each other. */
export function thresholdLines(rows: readonly Threshold[]): ThresholdLine[] {
  const lines = new Map<string, ThresholdLine>()
  for (const row of rows) {
    const key = [row.rule, row.indicator, row.over, row.cmp, row.unit].join(' ')
    const { rule, name, indicator, over, cmp, unit } = row
    const line = lines.get(key) ?? { rule, name, indicator, over, cmp, unit, levels: {} }
    line.levels[row.level] = row
    lines.set(key, line)
  }
  return [...lines.values()]
}
