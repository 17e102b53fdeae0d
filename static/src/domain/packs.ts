/** What is wrong with a file of thresholds, beside the row it is about. */

import type { FieldError } from '@/api/types'

export const PACK_BYTES_MAX = 5_000_000
export const PACK_ENDINGS = ['.csv', '.xlsx', '.json']

export interface RowFault {
  /** Of the file's row; null where it is about the whole file. */
  number: number | null
  column: string
  detail: string
  /** The row as it stands in the file, where that is text. */
  row: string
}

const PLACE = /^(\d+)\.(.+)$/

export function rowFaults(errors: readonly FieldError[], rows: ReadonlyMap<number, string>): RowFault[] {
  return errors.map(({ field, detail }) => {
    const [, number, column] = PLACE.exec(field) ?? []
    if (number === undefined || column === undefined) return { number: null, column: '', detail, row: '' }
    return { number: Number(number), column, detail, row: rows.get(Number(number)) ?? '' }
  })
}

/** Rows of a CSV file from 1, the header; a quoted line break belongs to its row. */
export function csvRows(text: string): Map<number, string> {
  const rows = new Map<number, string>()
  let begun = ''
  for (const line of text.split(/\r\n|\r|\n/)) {
    begun = begun === '' ? line : `${begun}\n${line}`
    const quotes = begun.split('"').length - 1
    if (quotes % 2 === 1) continue
    rows.set(rows.size + 1, begun)
    begun = ''
  }
  return rows
}

/** Excel saves Chinese in the one or the other. */
export function decodedCsv(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

export function base64(bytes: ArrayBuffer): string {
  const STEP = 0x8000
  const all = new Uint8Array(bytes)
  let text = ''
  for (let at = 0; at < all.length; at += STEP) text += String.fromCharCode(...all.subarray(at, at + STEP))
  return btoa(text)
}

export function isPackFile(name: string): boolean {
  return PACK_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending))
}
