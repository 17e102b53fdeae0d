/** Data files by REST and on the live topic: what became of each, what was refused, who takes what. */

import { get, post } from './http'
import type { Bilingual, Ns } from './types'

export const DATA_STATES = ['waiting', 'reading', 'checking', 'storing', 'done', 'known', 'refused'] as const
export type DataState = (typeof DATA_STATES)[number]

export interface DataFile {
  id: number
  name: string
  size: number
  sha256: string
  mapping: string
  state: DataState
  found_ns: Ns
  begun_ns: Ns | null
  ended_ns: Ns | null
  /** Null before all rows were read. */
  rows_total: number | null
  rows_checked: number
  created: number
  updated: number
  unchanged: number
  rejects_total: number
  code: string
  reason: Bilingual
  /** Whether the file itself is still there. */
  is_kept: boolean
  asked_by: string
}

export interface DataReject {
  id: number
  row: number
  column: string
  code: string
  value: string
  reason: Bilingual
}

export interface DataMapping {
  name: string
  is_active: boolean
  target: string
  pattern: string
  format: string
  mode: string
  note: string
  columns: { field: string; column: string; constant: string }[]
}

export interface DataFolder {
  folder: string
  bytes_max: number
  rows_max: number
  upload_bytes_max: number
  mappings: DataMapping[]
}

export interface DataNews {
  as_of_ns: Ns
  /** Files in the folder that may still be written. */
  waiting: number
  files: DataFile[]
}

export const getFolder = () => get<DataFolder>('data-files/folder')
export const getFile = (id: number) => get<DataFile>(`data-files/${id}`)
export const takeAgain = (id: number) => post<DataFile>(`data-files/${id}/again`, {})
export const bringFile = (name: string, content: string) => post<{ name: string }>('data-files', { name, content })
