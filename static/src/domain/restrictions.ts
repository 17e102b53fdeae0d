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

const BY_RULE = /^(\S+) (warn|restrict|limit)$/
const AS_OTHER = /^as (\S+)$/
const DAY_OVER = 'the trading day is over'

export interface ReasonWords {
  level: (level: string) => string
  dayOver: string
  asOther: (id: string) => string
}

/** What the system gives as a reason it gives in codes; a person's words stay as they are. */
export function reasonBySystem(reason: string, words: ReasonWords): string {
  const [, rule, level] = BY_RULE.exec(reason) ?? []
  if (rule && level) return `${rule} ${words.level(level)}`
  if (reason === DAY_OVER) return words.dayOver
  const [, other] = AS_OTHER.exec(reason) ?? []
  return other ? words.asOther(other) : reason
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
