/** Parameter packs by REST: thresholds of a file, as a draft until a second person decides. */

import { get, post } from './http'
import type { Level } from './types'

export const PACK_STATES = ['draft', 'applied', 'rejected'] as const

export interface Pack {
  id: number
  name: string
  effective_from: string
  note: string
  state: (typeof PACK_STATES)[number]
  author: string
  created_at: string
  decided_by: string | null
  decided_at: string | null
  reason: string
  line_count: number
}

export const PACK_CHANGES = ['changed', 'added', 'same'] as const
export type PackChange = (typeof PACK_CHANGES)[number]

export interface PackLine {
  number: number
  rule: string
  condition: string
  title: string
  level: Level
  scope: Record<string, string>
  whom: string
  effective_from: string
  /** What stands, or stood when the pack was applied. */
  old: string | null
  new: string
  kind: PackChange
  source_note: string
}

export interface WholePack extends Pack {
  lines: PackLine[]
  counts: Partial<Record<PackChange, number>>
}

/** `content` is the file in base64. */
export interface Upload {
  name: string
  effective_from: string
  note: string
  file_name: string
  content: string
}

export type PackDecision = 'apply' | 'reject'

export const getPack = (id: number) => get<WholePack>(`parameter-packs/${id}`)
export const postPack = (upload: Upload) => post<WholePack>('parameter-packs', upload)
export const postPackDecision = (id: number, decision: PackDecision, reason: string) => post<WholePack>(`parameter-packs/${id}/${decision}`, { reason })
