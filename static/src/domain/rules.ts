/** What the rule catalogue is narrowed to, and what of a rule's figures was changed by hand. */

import type { RuleThreshold } from '@/api/rules'
import type { Level } from '@/api/types'
import { trimmed } from './decimals'

export const RULE_FILTERS = ['search', 'mode', 'category', 'level', 'waiting'] as const
export type RuleFilter = Partial<Record<(typeof RULE_FILTERS)[number], string>>

/** A condition's figures for one scope and from one day on, side by side by level. */
export interface ThresholdLine {
  key: string
  first: RuleThreshold
  levels: Partial<Record<Level, RuleThreshold>>
}

export function thresholdLines(thresholds: readonly RuleThreshold[]): ThresholdLine[] {
  const lines = new Map<string, ThresholdLine>()
  for (const row of thresholds) {
    const key = JSON.stringify([row.indicator, row.over, row.cmp, row.unit, Object.entries(row.scope), row.effective_from])
    const line = lines.get(key)
    // Two conditions may be about the same indicator.
    if (line && !line.levels[row.level]) line.levels[row.level] = row
    else lines.set(line ? `${key} ${row.id}` : key, { key: line ? `${key} ${row.id}` : key, first: row, levels: { [row.level]: row } })
  }
  return [...lines.values()]
}

const NUMBER = /^-?\d{1,16}(\.\d{1,8})?$/

export function isNumber(text: string): boolean {
  return NUMBER.test(text.trim())
}

/** What was typed and is another number than what stands. */
export function changedValues(
  thresholds: readonly RuleThreshold[],
  typed: Readonly<Record<number, string>>,
): { id: number; value: string }[] {
  return thresholds.flatMap(({ id, value }) => {
    const text = typed[id]?.trim()
    return text === undefined || trimmed(text) === trimmed(String(value)) ? [] : [{ id, value: text }]
  })
}
