/** How far up its ladder a figure of a host stands, judged as the server judges it. */

import type { HostRow, HostState, SystemThreshold } from '@/api/hosts'
import type { Figure } from '@/api/types'
import { holds } from './decimals'
import { metricOf, subjectOf } from './hosts'

/** At ease, warn, limit. */
export type Height = 0 | 1 | 2
type Ladder = Pick<SystemThreshold, 'warn' | 'limit' | 'clear' | 'cmp' | 'for_seconds' | 'is_magnitude'>

/** The row for a figure: a host's before a subject's, both before those for all. */
export function limitsOf(host: string, name: string, rows: readonly SystemThreshold[]): SystemThreshold | null {
  const [metric, subject, book] = [metricOf(name), subjectOf(name), bookOf(rows)]
  const of = (ofHost: string, ofSubject: string) => book.get(placeOf(metric, ofHost, ofSubject))
  return of(host, subject) ?? of(host, '') ?? of('', subject) ?? of('', '') ?? null
}

const placeOf = (metric: string, host: string, subject: string) => JSON.stringify([metric, host, subject])
/** Thousands of figures are judged by the same rows. */
const books = new WeakMap<readonly SystemThreshold[], ReadonlyMap<string, SystemThreshold>>()

function bookOf(rows: readonly SystemThreshold[]): ReadonlyMap<string, SystemThreshold> {
  const book = books.get(rows) ?? new Map(rows.map((row) => [placeOf(row.metric, row.host, row.subject), row]))
  books.set(rows, book)
  return book
}

/**
 * From where the server last saw it stand. Of what must hold for a time only the server knows when it has;
 * what stands ends once it is back beyond `clear`.
 */
export function heightNow(row: Ladder, before: Height, value: number): Height {
  const figure = row.is_magnitude ? Math.abs(value) : value
  const reached = row.for_seconds > 0 ? 0 : rungReached(row, figure)
  if (reached > before) return reached
  return before > 0 && isOver(row, figure) ? 0 : before
}

function rungReached({ warn, limit, cmp }: Ladder, value: Figure): Height {
  if (limit !== null && holds(value, cmp, limit)) return 2
  return warn !== null && holds(value, cmp, warn) ? 1 : 0
}

function isOver({ warn, limit, clear, cmp }: Ladder, value: Figure): boolean {
  const rungs = [warn, limit].filter((rung) => rung !== null)
  const nearer = rungs.find((rung) => rungs.every((each) => each === rung || holds(each, cmp, rung)))
  const end = clear ?? nearer ?? null
  return end === null || !holds(value, cmp, end)
}

/** The number that is reached at a height; of a row without one of them the other. */
export function reachedRung({ warn, limit }: Pick<SystemThreshold, 'warn' | 'limit'>, height: Height): string | null {
  if (height === 0) return null
  return height === 2 ? limit : warn
}

export interface JudgedPlace {
  name: string
  value: number
  height: Height
  row: SystemThreshold | null
}

/** Each figure of a host that a threshold is or was for. */
export function judgedPlaces(host: HostRow, rows: readonly SystemThreshold[]): JudgedPlace[] {
  return Object.entries(host.watched).map(([name, value]) => {
    const row = limitsOf(host.name, name, rows)
    const told = host.raised.find((each) => each.name === name)?.level
    const before = told === 'limit' ? 2 : told ? 1 : 0
    return { name, value, row, height: row ? heightNow(row, before, value) : 0 }
  })
}

const STATES: readonly HostState[] = ['ok', 'warn', 'limit']

/** A host as it stands by the thresholds of now; what this page has no figure of stays as it was told. */
export function judgedHost(host: HostRow, rows: readonly SystemThreshold[]): HostRow {
  if (host.state === 'unwatched') return host
  const told = host.raised.filter(({ name }) => !(name in host.watched))
  const raised = [...told, ...judgedPlaces(host, rows).flatMap(({ name, height }) => (height ? [{ name, level: height === 2 ? 'limit' : 'warn' } as const] : []))]
  const top = Math.max(0, ...raised.map(({ level }) => STATES.indexOf(level === 'limit' ? 'limit' : 'warn')))
  return { ...host, raised: raised.sort((left, right) => (left.name < right.name ? -1 : 1)), state: STATES[top] ?? 'ok' }
}
