/** How far up its ladder a figure of a host stands, judged as the server judges it. */

import type { HostNews, HostRow, HostState, SystemThreshold } from '@/api/hosts'
import type { Ns } from '@/api/types'
import { metricOf, subjectOf } from './hosts'
import { climbed, type Height, type Standing } from './ladder'

/** How long nothing has been heard of a host: a figure that no agent sends. */
export const SILENCE = 'silent_ms'
/** The server tells every two seconds; of a page that it tells nothing no host is silent. */
export const NEWS_NS_MAX = 10_000_000_000n
const NS_PER_MS = 1_000_000n

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

/** One more reading, an older one than was judged before says nothing; from where the server last saw it stand. */
export function standingNow(row: SystemThreshold, before: Standing, value: number, at_ns: bigint): Standing {
  if (at_ns < before.at_ns) return before
  return climbed(row, before, row.is_magnitude ? Math.abs(value) : value, at_ns)
}

/** As the server told it. */
export function toldStanding({ raised, held }: Pick<HostRow, 'raised' | 'held'>, name: string, at_ns: bigint): Standing {
  const since = held.find((each) => each.name === name)
  const began = (ns: Ns | null | undefined) => (ns ? BigInt(ns) : null)
  return { height: toldHeight(raised, name), since_ns: [began(since?.warn_ns), began(since?.limit_ns)], at_ns }
}

function toldHeight(raised: HostRow['raised'], name: string): Height {
  const level = raised.find((each) => each.name === name)?.level
  if (level === 'limit') return 2
  return level ? 1 : 0
}

export function silentMs(heard_ns: bigint, now_ns: bigint): number {
  return now_ns > heard_ns ? Number((now_ns - heard_ns) / NS_PER_MS) : 0
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
  /** Whether the server has not raised it so high. */
  isNews: boolean
  row: SystemThreshold | null
}

interface Read {
  name: string
  value: number
  at_ns: bigint
  told_ns: bigint
}

function judgedPlace(host: HostRow, { name, value, at_ns, told_ns }: Read, rows: readonly SystemThreshold[]): JudgedPlace {
  const row = limitsOf(host.name, name, rows)
  const told = toldStanding(host, name, told_ns)
  const height = row ? standingNow(row, told, value, at_ns).height : 0
  return { name, value, row, height, isNews: height > told.height }
}

/** Each figure of a host that a threshold is or was for. */
export function judgedPlaces(host: HostRow, rows: readonly SystemThreshold[]): JudgedPlace[] {
  const at_ns = BigInt(host.at_ns ?? 0)
  return Object.entries(host.watched).map(([name, value]) => judgedPlace(host, { name, value, at_ns, told_ns: at_ns }, rows))
}

/** By the server's clock; null of a host that nothing was ever heard of, or that nobody watches. */
export function judgedSilence(host: HostRow, { as_of_ns }: Pick<HostNews, 'as_of_ns'>, rows: readonly SystemThreshold[], now_ns: bigint): JudgedPlace | null {
  if (host.heard_ns === null || host.state === 'unwatched') return null
  const told_ns = BigInt(as_of_ns)
  const latest_ns = told_ns + NEWS_NS_MAX
  const at_ns = now_ns < told_ns ? told_ns : now_ns > latest_ns ? latest_ns : now_ns
  return judgedPlace(host, { name: SILENCE, value: silentMs(BigInt(host.heard_ns), at_ns), at_ns, told_ns }, rows)
}

const STATES: readonly HostState[] = ['ok', 'warn', 'limit']

/** A host as it stands by the thresholds of now; what this page has no figure of stays as it was told. */
export function judgedHost(host: HostRow, places: readonly JudgedPlace[]): HostRow {
  if (host.state === 'unwatched') return host
  const judged = new Set(places.map(({ name }) => name))
  const told = host.raised.filter(({ name }) => !judged.has(name))
  const raised = [...told, ...places.flatMap(({ name, height }) => (height ? [{ name, level: height === 2 ? 'limit' : 'warn' } as const] : []))]
  const top = Math.max(0, ...raised.map(({ level }) => STATES.indexOf(level === 'limit' ? 'limit' : 'warn')))
  return { ...host, raised: raised.sort((left, right) => (left.name < right.name ? -1 : 1)), state: STATES[top] ?? 'ok' }
}
