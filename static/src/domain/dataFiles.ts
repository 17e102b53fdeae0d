/** What the page makes of a data file. */

import type { DataFile, DataMapping } from '@/api/dataFiles'

const AT_WORK: readonly string[] = ['waiting', 'reading', 'checking', 'storing']

export const isOpen = ({ state }: DataFile) => AT_WORK.includes(state)

/** Null while nobody knows how many rows there are. */
export function shareOf({ rows_checked, rows_total }: DataFile): number | null {
  return rows_total === null || rows_total === 0 ? null : rows_checked / rows_total
}

/** A refused file, or one whose mapping may have been mended; the server knows whether it was. */
export const mayComeAgain = (file: DataFile) => file.is_kept && (file.state === 'refused' || file.state === 'done')

/** Files as they are told now in place of those that are shown; null if one is new and the list has to be fetched. */
export function renewed(shown: readonly DataFile[], told: readonly DataFile[]): DataFile[] | null {
  const newest = shown[0]?.id ?? 0
  if (told.some(({ id }) => id > newest)) return null
  const byId = new Map(told.map((each) => [each.id, each]))
  return shown.map((each) => byId.get(each.id) ?? each)
}

export const columnsOf = ({ columns }: DataMapping) => columns.map(({ field, column, constant }) => `${column || `“${constant}”`} → ${field}`)

/** The bytes of a file as the server takes them. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)))
  return btoa(parts.join(''))
}
