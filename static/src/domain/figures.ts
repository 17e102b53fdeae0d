/** Figures with their units, as people at the desk read them. */

import type { Cmp, Figure } from '@/api/types'
import { grouped, inPercent, trimmed } from './decimals'

export const NOTHING = '–'
export const SIGNS: Record<Cmp, string> = { ge: '≥', gt: '>', le: '≤', lt: '<', eq: '=', ne: '≠' }

/** Thin spaces keep a figure and its unit on one line. */
const SPACE = '\u202f'

/** `unitWord` says units such as shares in the user's language. */
export function figure(value: Figure | null, unit: string, unitWord: (unit: string) => string): string {
  if (value === null || value === '') return NOTHING
  if (unit === 'ratio') return `${grouped(inPercent(value))}${SPACE}%`
  const number = grouped(trimmed(String(value)))
  if (unit === 'count') return number
  if (unit === 'percent') return `${number}${SPACE}%`
  return `${number}${SPACE}${unitWord(unit)}`
}

/** A price or quantity as the wire said it, in thousands. */
export function amount(text: Figure | null): string {
  return text === null || text === '' ? NOTHING : grouped(text)
}

const LONG = { ratio: /^(-?\d+\.\d{4})\d+$/, other: /^(-?\d+\.\d{2})\d+$/ }

/** Two decimals, cut, so that 39.999 is not shown as a 40 that was not reached. The whole figure stands in a title. */
export function brief(value: Figure | null, unit: string): Figure | null {
  return LONG[unit === 'ratio' ? 'ratio' : 'other'].exec(String(value))?.[1] ?? value
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : grouped(Math.round(value))
}

/** Prices show two decimals at least: 9.4 is 9.40. */
export function price(text: Figure | null): string {
  if (text === null || text === '') return NOTHING
  const [whole = '', fraction = ''] = grouped(text).split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}

/** Rates under ten show one decimal if they have any. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : grouped(Math.round(value))
}

export function milliseconds(value: number | null): string {
  if (value === null) return NOTHING
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : grouped(Math.round(value))
}

export function mebibytes(bytes: number | null): string {
  return bytes === null ? NOTHING : grouped(Math.round(bytes / 2 ** 20))
}
