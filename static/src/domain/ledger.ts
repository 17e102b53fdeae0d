/** Sums of the books, exact: amounts are decimal text, and digits beyond a double's are kept. */

import type { Figures, Leg, LedgerNews, Line, ListedAccount } from '@/api/ledger'

export const ACCOUNT_FILTERS = ['search', 'currency', 'usability', 'direction'] as const
export type AccountFilter = Partial<Record<(typeof ACCOUNT_FILTERS)[number], string>>
export const IN_FLIGHT_FILTERS = ['account', 'older'] as const
export type InFlightFilter = Partial<Record<(typeof IN_FLIGHT_FILTERS)[number], string>>
export const REFUSAL_FILTERS = ['account', 'by', 'why'] as const
export type RefusalFilter = Partial<Record<(typeof REFUSAL_FILTERS)[number], string>>

/** Ages that one asks for; the server counts by the same. */
export const AGES_SECONDS = [10, 60, 600, 3600] as const

const AMOUNT = /^\d{1,13}(?:\.(\d{1,3}))?$/

/** Both with as many decimals as the longer one has. */
export function added(left: string, right: string): string {
  const places = Math.max(placesOf(left), placesOf(right))
  return written(minor(left, places) + minor(right, places), places)
}

export function negated(text: string): string {
  const places = placesOf(text)
  return written(-minor(text, places), places)
}

export function isZero(text: string): boolean {
  return minor(text, placesOf(text)) === 0n
}

export function placesOf(text: string): number {
  return text.split('.')[1]?.length ?? 0
}

/** Signed like a balance: a credit raises it. */
export function movement({ side, amount }: { side: string; amount: string }): string {
  return side === 'credit' ? amount : negated(amount)
}

/** What stood there before a line. */
export function before(line: Line): string {
  return added(line.balance_after, negated(movement(line)))
}

/** Whether it can be an amount of a currency with so many decimals, above zero. */
export function isAmount(text: string, places: number): boolean {
  const parts = AMOUNT.exec(text.trim())
  return parts !== null && (parts[1]?.length ?? 0) <= places && !isZero(text.trim())
}

export interface CurrencySum {
  currency: string
  debit: string
  credit: string
  /** Credits minus debits. */
  difference: string
}

/** Per currency; legs of an unknown account or without an amount do not count. */
export function sums(legs: readonly Leg[], accounts: ReadonlyMap<string, { currency: string; posted: string }>): CurrencySum[] {
  const found = new Map<string, CurrencySum>()
  for (const { account, side, amount } of legs) {
    const known = accounts.get(account)
    if (!known || !isAmount(amount, placesOf(known.posted))) continue
    const zero = written(0n, placesOf(known.posted))
    const sum = found.get(known.currency) ?? { currency: known.currency, debit: zero, credit: zero, difference: zero }
    sum[side] = added(sum[side], amount.trim())
    sum.difference = added(sum.credit, negated(sum.debit))
    found.set(known.currency, sum)
  }
  return [...found.values()].sort((left, right) => (left.currency < right.currency ? -1 : 1))
}

/** The rows with the newest figures of those that changed; the same rows when none did. */
export function withFigures<Row extends { id: string } & Figures>(rows: readonly Row[], told: readonly ({ id: string } & Figures)[]): readonly Row[] {
  const newest = new Map(told.map((each) => [each.id, each]))
  let isChanged = false
  const patched = rows.map((row) => {
    const figures = newest.get(row.id)
    if (!figures || figures.seq < row.seq || isSameFigures(row, figures)) return row
    isChanged = true
    return { ...row, ...figures }
  })
  return isChanged ? patched : rows
}

/** Whether changes happened between two messages that the later one no longer names. */
export function hasHole(before: LedgerNews | null, news: LedgerNews): boolean {
  return before !== null && BigInt(before.as_of_ns) < BigInt(news.complete_since_ns)
}

export interface Node {
  id: string
  row: ListedAccount
  depth: number
  isOpen: boolean
}

/** The rows of a tree that can be seen, each below its parent. */
export function visible(childrenOf: ReadonlyMap<string, readonly ListedAccount[]>, open: ReadonlySet<string>, parent: string, depth = 0): Node[] {
  return (childrenOf.get(parent) ?? []).flatMap((row) => {
    const isOpen = row.has_children && open.has(row.id)
    return [{ id: row.id, row, depth, isOpen }, ...(isOpen ? visible(childrenOf, open, row.id, depth + 1) : [])]
  })
}

/** 75 seconds are 1:15, an hour and a half is 1:30:00. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

function isSameFigures(row: Figures, told: Figures): boolean {
  return row.posted === told.posted && row.reserved === told.reserved && row.available === told.available && row.overdraft === told.overdraft && row.usability === told.usability && row.seq === told.seq
}

function minor(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(places, '0'))
}

function written(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, '0')
  const sign = value < 0n ? '-' : ''
  return places > 0 ? `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` : `${sign}${digits}`
}
