/** Silences: alerts are stored and shown, but told to nobody until a time. */

import { post } from './http'
import { getAll } from './pages'
import type { Ns } from './types'

const PAGES_MAX = 5

export interface Silence {
  id: number
  matchers: Record<string, string>
  reason: string
  owner: string
  starts_ns: Ns
  ends_ns: Ns
}

export const getActiveSilences = () => getAll<Silence>('silences', PAGES_MAX, { state: 'active' })

/** `matcher`: the parts of an alert that must all fit. */
export function postSilence(matcher: Record<string, string>, reason: string, minutes: number): Promise<Silence> {
  const ends_at = new Date(Date.now() + minutes * 60_000).toISOString()
  return post<Silence>('silences', { ...matcher, reason, ends_at })
}
