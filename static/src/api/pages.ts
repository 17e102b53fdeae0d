/** Lists by cursor. */

import { get, type Params } from './http'
import type { Page } from './types'

/** `next` is a whole address or just a cursor. */
export function cursorOf(next: string | null): string | null {
  if (next === null || !next.includes('cursor=')) return next
  return new URL(next, window.location.origin).searchParams.get('cursor')
}

export async function getPage<Row>(
  path: string,
  params: Params,
  signal?: AbortSignal,
): Promise<Page<Row>> {
  const page = await get<Page<Row>>(path, params, signal)
  return { ...page, next: cursorOf(page.next) }
}

/** Every page, one after the other, but no more than `pagesMax`. */
export async function* pages<Row>(
  path: string,
  params: Params,
  pagesMax: number,
  signal?: AbortSignal,
): AsyncGenerator<Row[]> {
  let cursor: string | undefined
  for (let number = 0; number < pagesMax; number += 1) {
    const page = await getPage<Row>(path, { ...params, cursor }, signal)
    yield page.results
    if (page.next === null) return
    cursor = page.next
  }
}

export async function getAll<Row>(path: string, pagesMax: number, params: Params = {}): Promise<Row[]> {
  const rows: Row[] = []
  for await (const page of pages<Row>(path, params, pagesMax)) rows.push(...page)
  return rows
}
