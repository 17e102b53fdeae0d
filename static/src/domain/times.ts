/** Exchange time: nanoseconds since 1970 as text, shown in Shanghai, which keeps UTC+8 all year. */

import type { Ns } from '@/api/types'
import { NOTHING } from './figures'

const SHANGHAI_MS = 8 * 3600 * 1000

export function millisecondsOf(ns: Ns): number {
  return Number(BigInt(ns) / 1_000_000n)
}

export function dateTime(ns: Ns | null): string {
  return ns === null ? NOTHING : shanghai(millisecondsOf(ns)).slice(0, 23).replace('T', ' ')
}

/** Of an ISO instant. */
export function dateTimeOf(iso: string | null): string {
  return iso === null ? NOTHING : shanghai(Date.parse(iso)).slice(0, 23).replace('T', ' ')
}

export function date(ns: Ns | null): string {
  return dateTime(ns).slice(0, 10)
}

export function time(ns: Ns | null): string {
  return ns === null ? NOTHING : dateTime(ns).slice(11)
}

export function timeToSecond(ns: Ns | null): string {
  return time(ns).slice(0, 8)
}

/** With the day in front where it is not the one at hand. */
export function timeOnDay(ns: Ns | null, day: string | undefined): string {
  const isToday = ns === null || day === undefined || date(ns) === day
  return isToday ? timeToSecond(ns) : `${date(ns).slice(5)} ${timeToSecond(ns)}`
}

export function clockOf(ms: number): string {
  return shanghai(ms).slice(11, 19)
}

/** 59.9 s, 1:05, 2:03:04. */
export function ageOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  const two = (part: number) => String(part).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

function shanghai(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString()
}

/** Newest first: longer text is later, text of one length compares like its number. */
export function laterFirst(left: Ns, right: Ns): number {
  if (left.length !== right.length) return right.length - left.length
  return left < right ? 1 : left > right ? -1 : 0
}
