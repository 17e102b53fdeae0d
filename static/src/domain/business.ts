/** Raw integers of figures as text for people. */

import type { Details } from '@/api/business'
import { grouped, shifted, trimmed } from './decimals'

const NS_PER_SECOND = 1_000_000_000
const PRICES = ['spread_mean', 'spread_worst', 'bid', 'ask', 'equity', 'opening_equity', 'available', 'frozen', 'margin', 'deposits', 'paid_out', 'realized_pnl', 'unrealized_pnl', 'fees', 'result']
const PERCENTS = ['presence', 'reachable', 'response', 'presence_wanted', 'response_wanted', 'coverage', 'quote_to_trade']
const QUANTITIES = ['size_mean', 'largest', 'order_quantity_max']

/** '–' is what nobody knows. */
export function detail(details: Details, name: string): string {
  // Accounts withdraw money, market makers quotes.
  const value = details[name === 'paid_out' ? 'withdrawals' : name]
  if (value === null || value === undefined) return '–'
  if (name === 'latency_worst_ns' && details.latency_mean_ns === null) return '–'
  if (name.endsWith('_ns')) return seconds(Number(value))
  const text = String(value)
  // Prices and money have five digits, percents six, quantities three.
  if (PRICES.includes(name)) return fixed(shifted(text, -5))
  if (PERCENTS.includes(name)) return fixed(shifted(text, -6))
  return grouped(QUANTITIES.includes(name) ? shifted(text, -3) : text)
}

/** Two decimals; the rest is cut off, not rounded up to a threshold. */
export function shortened(text: string | null): string {
  if (text === null) return '–'
  const [whole = '', fraction = ''] = text.split('.')
  const kept = fraction.slice(0, 2).replace(/0+$/, '')
  return grouped(kept ? `${whole}.${kept}` : whole)
}

/** With both decimals, so that figures stand below each other. */
function fixed(text: string): string {
  const [whole = '', fraction = ''] = shortened(text).split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}

/** A figure in its unit: what is counted has no decimals. */
export function figureIn(value: string | null, unit: string): string {
  return value === null || unit === 'count' ? shortened(value) : fixed(value)
}

/** As people have set it, in thousands. */
export function limit(text: string | null | undefined): string {
  return text === null || text === undefined ? '–' : grouped(trimmed(text))
}

function seconds(ns: number): string {
  const total = ns / NS_PER_SECOND
  if (total < 60) return `${total.toFixed(1)} s`
  const minutes = Math.floor(total / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
