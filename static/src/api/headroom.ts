/** What an account has left before each rule's levels. */

import { get } from './http'
import type { Figure } from './types'

export interface Headroom {
  rule: string
  key: Record<string, string>
  value: Figure | null
  warn: Figure | null
  restrict: Figure | null
  limit: Figure | null
  left: Figure | null
  resets_at: string | null
}

export const getHeadroom = (account: string, symbol: string | undefined, signal: AbortSignal) =>
  get<Headroom[]>('headroom', { account, symbol }, signal)
