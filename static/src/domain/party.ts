/** Whom the Customer page shows. It lives in the address, so a link shows the same thing. */

import { PARTY_KINDS, type PartyKind, type SeenAccount, type Suggestion, type Whom } from '@/api/party'

export interface Looked extends Whom {
  symbol?: string
}

export function lookedAt(query: Record<string, unknown>): Looked | null {
  const text = (name: string) => (typeof query[name] === 'string' && query[name] !== '' ? (query[name] as string) : undefined)
  const kind = PARTY_KINDS.find((each) => text(each))
  return kind ? { kind, id: text(kind) ?? '', symbol: text('symbol') } : null
}

export function queryOf({ kind, id, symbol }: Looked): Record<string, string> {
  return { [kind]: id, ...(symbol ? { symbol } : {}) }
}

/** What was typed in full, of the kind that is chosen before others; else what comes first. */
export function chosen(found: readonly Suggestion[], typed: string, kind: PartyKind): Suggestion | undefined {
  const ofKind = found.filter((each) => each.kind === kind)
  const isTyped = ({ id }: Suggestion) => id.toLowerCase() === typed.toLowerCase()
  return ofKind.find(isTyped) ?? found.find(isTyped) ?? ofKind[0] ?? found[0]
}

/** The one customer, group or account that all of these belong to. */
export function soleOf(accounts: readonly SeenAccount[], kind: PartyKind): string | null {
  const ids = new Set(accounts.map((each) => each[kind] ?? (kind === 'group' ? each.account : null)))
  const [only] = ids
  return ids.size === 1 ? (only ?? null) : null
}
