/** REST of this site: session cookie, CSRF header, problems as errors. */

import { refusalIn } from '@/i18n'
import { parseJson } from './json'
import type { FieldError, Problem } from './types'

const ROOT = '/api/v1/'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** Argument by argument. */
    readonly errors: readonly FieldError[] = [],
    /** What the server calls this problem. */
    readonly code = '',
  ) {
    super(detail || title)
  }
}

export type Params = Record<string, string | undefined>

export function get<Answer>(path: string, params: Params = {}, signal?: AbortSignal): Promise<Answer> {
  return send<Answer>('GET', address(path, params), undefined, signal)
}

export function post<Answer>(path: string, body: object): Promise<Answer> {
  return send<Answer>('POST', ROOT + path, body)
}

export interface Downloaded {
  content: Blob
  headers: Headers
}

export async function download(path: string, params: Params, signal?: AbortSignal): Promise<Downloaded> {
  const answer = await ask('GET', address(path, params), undefined, signal)
  return { content: await answer.blob(), headers: answer.headers }
}

export function csrfToken(cookies = document.cookie): string {
  const found = cookies.split('; ').find((each) => each.startsWith('csrftoken='))
  return decodeURIComponent(found?.slice('csrftoken='.length) ?? '')
}

export function goToLogin(): void {
  const next = encodeURIComponent(window.location.pathname + window.location.search)
  window.location.assign(`/login/?next=${next}`)
}

function address(path: string, params: Params): string {
  const given = Object.entries(params).filter((pair): pair is [string, string] => !!pair[1])
  const query = new URLSearchParams(given).toString()
  return ROOT + path + (query && `?${query}`)
}

async function send<Answer>(
  method: string,
  url: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Answer> {
  const answer = await ask(method, url, body, signal)
  return parseJson(await answer.text()) as Answer
}

async function ask(method: string, url: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body) {
    headers['Content-Type'] = 'application/json'
    headers['X-CSRFToken'] = csrfToken()
  }
  const answer = await fetch(url, {
    method,
    headers,
    body: body && JSON.stringify(body),
    credentials: 'same-origin',
    signal,
  })
  if (answer.ok) return answer
  if (answer.status === 401) goToLogin()
  throw problem(answer.status, await answer.text())
}

export const codeOf = (type: string | undefined): string => type?.split(':').at(-1) ?? ''

function problem(status: number, text: string): ApiError {
  try {
    const { title, detail, type, errors } = JSON.parse(text) as Problem
    return new ApiError(status, title ?? String(status), refusalIn(type, detail ?? '', errors?.find(({ field }) => field === 'module')?.detail), errors, codeOf(type))
  } catch {
    return new ApiError(status, String(status), '')
  }
}
