/** A panel as people look at it: rows of two cells, what a key would do, what a price did last. */

import type { CellDetails, CellFields, PanelHead, Side, Ticket, Tile, UsageLine } from '@/api/quoting'
import type { Ns } from '@/api/types'
import { PriceError, ticksOf } from './digits'
import { millisecondsOf } from './times'

export const BEST = 0
export const LEVELS_MAX = 12
/** What Shift makes of a nudge. */
export const COARSE = 10

export interface Row {
  level: number
  size: number
  bid: CellFields
  ask: CellFields
}

export type Place = Pick<CellFields, 'side' | 'level'>
export type Move = 'up' | 'down'

export const keyOf = ({ side, level }: Place) => `${side} ${level}`

/** Cells come row by row, the best first, bid before ask. */
export function rowsOf(cells: readonly CellFields[]): Row[] {
  const rows: Row[] = []
  for (let at = 0; at + 1 < cells.length; at += 2) {
    const [bid, ask] = [cells[at], cells[at + 1]]
    if (bid && ask) rows.push({ level: bid.level, size: bid.size, bid, ask })
  }
  return rows
}

/** The number that a new tier gets: levels keep theirs. */
export function nextLevel(cells: readonly CellFields[]): number {
  return Math.max(BEST, ...cells.map(({ level }) => level)) + 1
}

/** Whoever stopped it: nothing brings it back but START. */
const STOPPED_FOR_GOOD = new Set(['stopped', 'cleared', 'saved_elsewhere', 'dead_man'])

/** Whether it quotes as soon as it can. Where that cannot be told it counts as started: then one key stops it. */
export function isStarted({ state, mode, reason }: CellFields): boolean {
  if (state === 'stopped') return false
  return state !== 'withdrawing' || (mode === 'auto' && !STOPPED_FOR_GOOD.has(reason))
}

/** What stands large in the cell: what the counterparty has, else what would be quoted. */
export function shownPrice({ published, price }: CellFields): number | null {
  return published ?? price
}

/** Only where both prices are there and differ: an unchanged price went nowhere. */
export function moveOf(before: CellFields | undefined, after: CellFields): Move | null {
  if (!before || before.published === null || after.published === null || before.published === after.published) return null
  return after.published > before.published ? 'up' : 'down'
}

const UNITS: [string, number][] = [['B', 1_000_000_000], ['M', 1_000_000], ['K', 1_000]]

/** 5000000 is 5M, 1500000 is 1.5M. */
export function sizeText(size: number): string {
  for (const [unit, worth] of UNITS) {
    if (size >= worth && (size * 100) % worth === 0) return `${size / worth}${unit}`
  }
  return String(size)
}

/** 5M, 5m, 0.5 B, 5,000,000 or 5000000; a bare number below a thousand is millions, as the desk speaks. */
export function sizeOf(typed: string): number | null {
  const parts = /^([\d.,]+?)\s*([kmb]?)$/i.exec(typed.normalize('NFKC').trim())
  if (!parts) return null
  const [, digits = '', letter = ''] = parts
  try {
    const places = { k: 3, m: 6, b: 9 }[letter.toLowerCase()]
    const bare = digits.replaceAll(',', '')
    if (places !== undefined) return ticksOf(bare, places)
    return ticksOf(bare, Number(bare) < 1_000 ? 6 : 0)
  } catch (error) {
    if (error instanceof PriceError) return null
    throw error
  }
}

/** What of a time to live is left; null where nothing ends. */
export function leftMs(untilNs: Ns | null, nowMs: number): number | null {
  return untilNs === null ? null : Math.max(0, millisecondsOf(untilNs) - nowMs)
}

/** 0:09, 4:32: rounded up, so that 0:00 means over. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

export const signed = (ticks: number) => (ticks > 0 ? `+${ticks}` : ticks < 0 ? `−${-ticks}` : '0')

/** What the counterparty of a ticket would get now: the first confirmed level that is large enough. */
export function priceNow(cells: readonly CellFields[], side: Side, size: number): number | null {
  return cells.find((cell) => cell.side === side && cell.size >= size && cell.published !== null)?.published ?? null
}

export const isForPrice = ({ side }: Ticket) => side === null

/** How many of a tile's cells may stand at the counterparty. */
export function standing({ states }: Tile): number {
  return (states.live ?? 0) + (states.pending ?? 0) + (states.withdrawing ?? 0) + (states.unknown ?? 0)
}

/** Which side a provider's prices are drawn on, where one provider gives both. */
export function providerOf({ bid_provider, ask_provider }: PanelHead): string {
  return bid_provider === ask_provider ? bid_provider : `${bid_provider || '–'} / ${ask_provider || '–'}`
}

/** What moves a price, in the order in which the engine adds it. */
export const ADDENDS = [
  'base', 'tier', 'channel', 'group', 'time_of_day', 'volatility', 'skew', 'position', 'strategy', 'guard', 'adjust', 'min_spread', 'ladder', 'rounding',
] as const

export function sumOf({ market, addends }: CellDetails): number | null {
  return market === null ? null : addends.reduce((sum, each) => sum + each, market)
}

/** Whole percent, rounded down: 100 means that the limit is reached. */
export function shareOf({ used, limit }: UsageLine): number {
  return limit ? Math.max(0, Math.floor((used * 100) / limit)) : 0
}
