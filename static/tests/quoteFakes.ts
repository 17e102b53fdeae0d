/** A panel as the engine tells it. */

import type { CellFields, Panel, PanelFrame, PanelHead, Tile, Tiles } from '@/api/quoting'

export const PAIR = 'USD.CNY'
const MILLION = 1_000_000
export const BID = 64_688
export const ASK = 64_701

export function aCell(changes: Partial<CellFields> = {}): CellFields {
  return {
    side: 'bid', level: 0, size: MILLION, mode: 'auto', state: 'live', reason: '', is_editing: false, price: BID, target: BID, published: BID, published_size: MILLION,
    spread_adjust: 0, expires_ns: null, ...changes,
  }
}

export function aHead(changes: Partial<PanelHead> = {}): PanelHead {
  return {
    pair: PAIR, channel: 'CHANNEL1', is_channel_up: true, mode: 'auto', source: 'CMDSB', bid: BID, ask: ASK, bid_provider: 'BCHO', ask_provider: 'BCHO',
    position: 0, realised: 0, unrealised: 0, latch: null, digits: { decimals: 4, key_start: 2, key_len: 2, fraction_len: null, big_figure_len: null }, step: 1,
    trade_type: 'ESP', value_date: '2026-11-25', choices: ['CMDSB', 'RTRS'], algorithm: 'best', strategy: 'STD v3', deal_mode: 'auto', tickets: [],
    latency: { tick_us: 18, ack_ms: 2 }, profile: 'default', ...changes,
  }
}

/** Best, 1M, 5M, 10M; changes by the place of the cell. */
export function somePanel(changes: Record<number, Partial<CellFields>> = {}, head: Partial<PanelHead> = {}): Panel {
  const sizes = [1, 1, 5, 10].map((millions) => millions * MILLION)
  const cells = sizes.flatMap((size, level) => [
    aCell({ level, size }),
    aCell({ side: 'ask', level, size, price: ASK, target: ASK, published: ASK }),
  ])
  return { head: aHead(head), cells: cells.map((cell, at) => ({ ...cell, ...changes[at] })) }
}

export function wholeOf({ head, cells }: Panel): PanelFrame {
  return { head, cells: cells.map((cell, at) => [at, cell]), whole: 1 }
}

export function aTile(changes: Partial<Tile> = {}): Tile {
  return { pair: PAIR, channel: 'CHANNEL1', is_channel_up: true, states: { live: 8 }, latch: null, tickets: 0, ...changes }
}

export function someTiles(...tiles: Tile[]): Tiles {
  return { tiles, sources: { CMDSB: 'up' }, channels: { CHANNEL1: 'up' }, trouble: '' }
}
