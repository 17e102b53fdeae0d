/** What an account has left before each rule's levels. */

import { get } from './http'
import type { Whom } from './party'
import type { Figure } from './types'

export interface Headroom {
  rule: string
  indicator: string
  unit: string
  key: Record<string, string>
  value: Figure | null
  warn: Figure | null
  restrict: Figure | null
  limit: Figure | null
  left: Figure | null
  resets_at: string | null
}

export const headroomOf = ({ kind, id }: Whom, symbol: string | undefined, signal: AbortSignal) =>
  get<Headroom[]>('headroom', { [kind]: id, symbol }, signal)

export const getHeadroom = (account: string, symbol: string | undefined, signal: AbortSignal) =>
  headroomOf({ kind: 'account', id: account }, symbol, signal)
