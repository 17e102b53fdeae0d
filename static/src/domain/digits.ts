/** How a price is drawn and typed: from integer ticks alone, as quoting/domain/digits.py does it. */

export interface Digits {
  decimals: number
  /** Counted from the point to the right; negative ones stand before the point. */
  key_start: number
  key_len: number
  /** Digits behind the key ones; null for all that are left. */
  fraction_len: number | null
  /** Digits just before the key ones; null for all. What stands before them is the lead. */
  big_figure_len: number | null
}

/** Joined they are the exact decimal. */
export interface Drawn {
  lead: string
  big: string
  key: string
  rest: string
}

export function exact(ticks: number, decimals: number): string {
  const sign = ticks < 0 ? '-' : ''
  const text = String(Math.abs(ticks)).padStart(decimals + 1, '0')
  return decimals === 0 ? sign + text : `${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`
}

/** A fraction that is to be shorter than what is left gives way to the key digits: no digit is lost. */
export function drawn(ticks: number, digits: Digits): Drawn {
  const text = exact(ticks, digits.decimals)
  const start = placeOf(text, digits.decimals, digits.key_start)
  let end = start
  if (digits.key_len > 0) {
    const last = placeOf(text, digits.decimals, digits.key_start + digits.key_len - 1)
    end = Math.min(Math.max(start, last + 1), text.length)
  }
  if (digits.fraction_len !== null) end = Math.max(end, before(text, text.length, digits.fraction_len))
  // The point goes with the digits behind it.
  if (end > start && text[end - 1] === '.') end -= 1
  const big = before(text, start, digits.big_figure_len)
  return { lead: text.slice(0, big), big: text.slice(big, start), key: text.slice(start, end), rest: text.slice(end) }
}

const firstDigit = (text: string) => (text.startsWith('-') ? 1 : 0)

/** Where the digit of a place stands, the point stepped over. */
function placeOf(text: string, decimals: number, place: number): number {
  const point = decimals ? text.length - decimals - 1 : text.length
  const at = point + place + (place >= 0 && decimals ? 1 : 0)
  return Math.min(Math.max(at, firstDigit(text)), text.length)
}

/** Where so many digits before `end` begin. */
function before(text: string, end: number, count: number | null): number {
  let at = end
  let left = count ?? end
  while (at > firstDigit(text) && left > 0) {
    at -= 1
    if (text[at] !== '.') left -= 1
  }
  return at
}

export type PriceFault = 'empty' | 'notANumber' | 'tooManyDecimals' | 'offGrid' | 'tooLarge'

/** What was typed is no price of this instrument, and why. */
export class PriceError extends Error {
  constructor(readonly fault: PriceFault) {
    super(fault)
  }
}

/** Beyond, a number would not hold it exactly. */
export const TICKS_MAX = 2 ** 50
const DECIMAL = /^(-?)(\d*)(?:\.(\d*))?$/

/** Exactly what was typed, in ticks; digits of full width are digits too. */
export function ticksOf(typed: string, decimals: number, grid = 1): number {
  const text = typed.normalize('NFKC').trim()
  if (text === '') throw new PriceError('empty')
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(text) ?? []
  if (whole + fraction === '') throw new PriceError('notANumber')
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > decimals) throw new PriceError('tooManyDecimals')
  const ticks = BigInt(whole + kept.padEnd(decimals, '0'))
  if (ticks > BigInt(TICKS_MAX)) throw new PriceError('tooLarge')
  const found = Number(ticks)
  if (found % grid !== 0) throw new PriceError('offGrid')
  return sign && found ? -found : found
}
