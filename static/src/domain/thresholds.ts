/** Which threshold of today stands behind a reading of an alert. */

import type { Alert, Level, Reading, Threshold } from '@/api/types'

/**
 * A rule may have several conditions on one indicator, alone and over another. Readings and
 * thresholds stand in the order of the rule's conditions, so the second of the one is the second of
 * the other.
 */
export function thresholdBehind(
  rows: readonly Threshold[],
  alert: Pick<Alert, 'rule' | 'level' | 'values' | 'key'>,
  reading: Reading,
): Threshold | undefined {
  const ofRule = rows.filter((row) => row.rule === alert.rule && row.level === alert.level)
  const alike = (each: Reading | Threshold) =>
    each.indicator === reading.indicator && each.unit === reading.unit && each.cmp === reading.cmp
  const place = alert.values.filter(alike).indexOf(reading)
  const fitting = narrowest(ofRule.filter(alike), alert.key, reading)
  if (fitting.length > 0) return fitting[Math.max(0, place)] ?? fitting.at(-1)
  return ofRule.find((row) => row.indicator === reading.indicator)
}

/** Those of the narrowest scope that fits; of a scope that a key does not tell, the value tells. */
function narrowest(rows: Threshold[], key: Alert['key'], reading: Reading): Threshold[] {
  const fits = ({ scope, value }: Threshold) =>
    Object.entries(scope).every(([name, wanted]) => {
      if (name in key) return key[name] === wanted
      if (name === 'exchange') return key.contract?.startsWith(`${wanted}:`) ?? false
      return String(value) === String(reading.threshold)
    })
  const fitting = rows.filter(fits)
  const breadth = Math.max(0, ...fitting.map(({ scope }) => Object.keys(scope).length))
  return fitting.filter(({ scope }) => Object.keys(scope).length === breadth)
}

export interface ThresholdLine {
  rule: string
  name: Threshold['name']
  indicator: string
  over: string | null
  cmp: Threshold['cmp']
  unit: string
  scope: Threshold['scope']
  levels: Partial<Record<Level, Threshold>>
}

/** One line a condition and scope, its levels beside each other, as in force on a day. */
export function thresholdLines(rows: readonly Threshold[], day?: string): ThresholdLine[] {
  const lines = new Map<string, ThresholdLine>()
  for (const row of rows) {
    const { rule, name, indicator, over, cmp, unit, scope, level, effective_from: since } = row
    if (since && day && since > day) continue
    const key = [rule, indicator, over, cmp, unit, JSON.stringify(scope)].join(' ')
    const line = lines.get(key) ?? { rule, name, indicator, over, cmp, unit, scope, levels: {} }
    if ((line.levels[level]?.effective_from ?? '') <= (since ?? '')) line.levels[level] = row
    lines.set(key, line)
  }
  return [...lines.values()]
}
