/** Alerts by REST. */

import { laterFirst } from '@/domain/times'
import { ApiError, get, post } from './http'
import { pages } from './pages'
import type { Alert, Gesture, Note, Ns, Page } from './types'

const PAGES_MAX = 10
const NOT_FOUND = 404
/** An alert is stored about a second after it was raised. */
export const STORED_WITHIN_MS = 2_000
const TRIES_MAX = 5

export type Verb = Gesture

export function getAlert(id: string): Promise<Alert> {
  return get<Alert>(`alerts/${encodeURIComponent(id)}`)
}

export function postAlert(id: string, verb: Verb, comment: string): Promise<Alert> {
  return post<Alert>(`alerts/${encodeURIComponent(id)}/${verb}`, { comment })
}

export const getNotes = (id: string) => get<Page<Note>>(`alerts/${encodeURIComponent(id)}/notes`)

/** Alerts later than `since`, newest first; without it the newest page. */
export async function alertsSince(since: Ns | null): Promise<Alert[]> {
  const isNews = ({ time_ns }: Alert) => since === null || laterFirst(time_ns, since) < 0
  const found: Alert[] = []
  for await (const page of pages<Alert>('alerts', {}, PAGES_MAX)) {
    found.push(...page.filter(isNews))
    const oldest = page.at(-1)
    if (since === null || !oldest || !isNews(oldest)) break
  }
  return found
}

/** What is asked of an alert that was just raised is asked again until the alert is stored. */
export async function onceStored<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      const isMissing = error instanceof ApiError && error.status === NOT_FOUND
      if (!isMissing || tries === TRIES_MAX) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, STORED_WITHIN_MS / (TRIES_MAX - 1)))
  }
}
