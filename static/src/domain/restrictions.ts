/** Which restrictions a list shows, and what a message changes in it. */

import type { Restriction } from '@/api/restrictions'

export const RESTRICTION_FILTERS = ['state', 'scope', 'rule'] as const
export type RestrictionFilter = Partial<Record<(typeof RESTRICTION_FILTERS)[number], string>>
export const SCOPES = ['account', 'group', 'customer', 'counter', 'access_system', 'product', 'contract'] as const

export function fits({ state, rule, scope }: Restriction, filter: RestrictionFilter): boolean {
  const values = Object.values(scope)
  return (
    (filter.state === undefined || filter.state === state) &&
    (filter.rule === undefined || filter.rule === rule) &&
    (filter.scope === undefined || values.some((value) => value.startsWith(filter.scope ?? '')))
  )
}

/** Why: of one by rule, the rule and its level, whose word the page knows. */
export function reasonOf({ rule, level, reason }: Restriction, wordOf: (level: string) => string): string {
  return rule && level && reason === `${rule} ${level}` ? `${rule} ${wordOf(level)}` : reason
}

/** The rows with one of them as it is now; it leaves a list that it no longer fits. */
export function withChange(
  rows: readonly Restriction[],
  changed: Restriction,
  filter: RestrictionFilter,
): readonly Restriction[] {
  const isKnown = rows.some(({ id }) => id === changed.id)
  if (!fits(changed, filter)) return isKnown ? rows.filter(({ id }) => id !== changed.id) : rows
  if (isKnown) return rows.map((row) => (row.id === changed.id ? changed : row))
  return [changed, ...rows].sort((left, right) => (BigInt(left.since_ns) < BigInt(right.since_ns) ? 1 : -1))
}
