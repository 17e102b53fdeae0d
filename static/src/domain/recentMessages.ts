/** Messages that a page fetched now may not have in it yet. */

import type { AlertMessage } from '@/api/types'

const KEPT_MS = 15_000
const KEPT_MAX = 5_000

export class RecentMessages {
  private kept: { at_ms: number; message: AlertMessage }[] = []

  add(message: AlertMessage, now_ms = Date.now()): void {
    this.kept.push({ at_ms: now_ms, message })
    const isOver = this.kept.length > KEPT_MAX || (this.kept[0]?.at_ms ?? now_ms) < now_ms - 2 * KEPT_MS
    if (isOver) this.kept = this.kept.filter(({ at_ms }) => at_ms >= now_ms - KEPT_MS).slice(-KEPT_MAX / 2)
  }

  all(): AlertMessage[] {
    return this.kept.map(({ message }) => message)
  }
}
