/** Which threshold of today stands behind a reading of an alert. */

import type { Alert, Level, Reading, Threshold } from '@/api/types'

/**
 * A rule may have several conditions on one indicator, alone and over another. Readings and
 * thresholds stand in the order of the rule's conditions, so the second of the one is the second of
 * the other.
 */
export function thresholdBehind(
  rows: readonly Threshold[],
  alert: Pick<Alert, 'rule' | 'level' | 'values'>,
  reading: Reading,
): Threshold | undefined {
  const ofRule = rows.filter((row) => row.rule === alert.rule && row.level === alert.level)
  const alike = (each: Reading | Threshold) =>
    each.indicator === reading.indicator && each.unit === reading.unit && each.cmp === reading.cmp
  const place = alert.values.filter(alike).indexOf(reading)
  const fitting = ofRule.filter(alike)
  if (fitting.length > 0) return fitting[Math.max(0, place)] ?? fitting.at(-1)
  return ofRule.find((row) => row.indicator === reading.indicator)
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
