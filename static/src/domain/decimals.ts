/** Decimal numbers as text, so that no figure of the server is rounded on its way to the eye. */

import type { Cmp, Figure } from '@/api/types'

interface Scaled {
  digits: bigint
  places: number
}

function scaled(figure: Figure): Scaled {
  const text = plain(figure)
  const [whole = '0', fraction = ''] = text.split('.')
  return { digits: BigInt(whole + fraction), places: fraction.length }
}

/** Without exponent: 1e-7 is 0.0000001. */
function plain(figure: Figure): string {
  const text = String(figure).trim()
  const parts = /^(-?)(\d+)(?:\.(\d*))?[eE]([+-]?\d+)$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  return sign + shifted(`${whole}.${fraction}`, Number(exponent))
}

export function compare(left: Figure, right: Figure): -1 | 0 | 1 {
  const [a, b] = [scaled(left), scaled(right)]
  const places = Math.max(a.places, b.places)
  const difference =
    a.digits * 10n ** BigInt(places - a.places) - b.digits * 10n ** BigInt(places - b.places)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

const HOLDS: Record<Cmp, (order: -1 | 0 | 1) => boolean> = {
  ge: (order) => order >= 0,
  gt: (order) => order > 0,
  le: (order) => order <= 0,
  lt: (order) => order < 0,
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
}

export function holds(value: Figure | null, cmp: Cmp, threshold: Figure): boolean {
  return value !== null && HOLDS[cmp](compare(value, threshold))
}

/** The decimal point moved to the right by `places`: 0.85 by 2 is 85. */
export function shifted(text: string, places: number): string {
  const negative = text.startsWith('-')
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const digits = whole + fraction
  const point = whole.length + places
  const padded =
    point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(Math.max(point, digits.length), '0')
  const at = Math.max(point, 1)
  const moved = trimmed(`${padded.slice(0, at)}.${padded.slice(at)}`)
  return negative ? `-${moved}` : moved
}

/** 007.500 is 7.5, 12. is 12. */
export function trimmed(text: string): string {
  const [whole = '', fraction = ''] = text.split('.')
  const kept = fraction.replace(/0+$/, '')
  const sign = whole.startsWith('-') ? '-' : ''
  const head = whole.replace('-', '').replace(/^0+(?=\d)/, '') || '0'
  return sign + head + (kept && `.${kept}`)
}

/** 1234567.5 is 1,234,567.5. */
export function grouped(figure: Figure): string {
  const [whole = '', fraction] = plain(figure).split('.')
  const head = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction ? `${head}.${fraction}` : head
}

export function inPercent(figure: Figure): string {
  return shifted(plain(figure), 2)
}
