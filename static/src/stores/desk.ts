/**
 * What a trader does: gestures on the pair that is looked at, the stop of the whole book, the price being typed.
 * Only the mutations write the state: synchronous, named, committed by actions.
 */

import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { ApiError } from '@/api/http'
import {
  postStopBook, type CellFields, type Details, type Done, type PreviewCell, type QuoteMode, type Side, type Strategies, type StrategySettings, type TouchGesture,
  type UsageLine, type WantedVersion, type Withdrawn, type Chosen, type Deal, type SavedVersion,
} from '@/api/quoting'
import { exact, PriceError, ticksOf, type PriceFault } from '@/domain/digits'
import { isStarted, keyOf, shownPrice, type Place } from '@/domain/quoting'
import { useConnection } from './connection'
import { useQuotes } from './quotes'

/** So long may the socket lag before STOP goes by another way too. */
export const STOP_WAITS_MS = 300
const CONFLICT = 409

export interface Stop {
  phase: 'asked' | 'done' | 'failed'
  way: 'socket' | 'rest'
  withdrawn: readonly Withdrawn[]
  tookMs: number | null
  fault: string
}

/** The draft lies over the cell, whose live price goes on. */
export interface Editor extends Place {
  draft: string
  /** What was live when the editor opened. */
  livePrice: number | null
  isOpen: boolean
  publishes: boolean
  fault: PriceFault | ''
  isSaving: boolean
}

export interface TicketAnswer {
  ticket: string
  accepts: boolean
  bid?: number
  ask?: number
}

export const useDesk = defineStore('desk', () => {
  const connection = useConnection()
  const quotes = useQuotes()
  const stop = shallowRef<Stop | null>(null)
  const editor = shallowRef<Editor | null>(null)

  const mutations = {
    stopAsked(): void {
      stop.value = { phase: 'asked', way: 'socket', withdrawn: [], tookMs: null, fault: '' }
    },
    stopAnswered({ withdrawn = [], took_ns }: Done, way: Stop['way']): void {
      if (stop.value?.phase === 'done') return
      stop.value = { phase: 'done', way, withdrawn, tookMs: took_ns === undefined ? null : took_ns / 1e6, fault: '' }
    },
    stopFailed(fault: string): void {
      if (stop.value?.phase === 'asked') stop.value = { ...stop.value, phase: 'failed', fault }
    },
    stopRead(): void {
      stop.value = null
    },
    editorOpened(cell: CellFields, draft: string): void {
      const { side, level, published } = cell
      editor.value = { side, level, draft, livePrice: published, isOpen: false, publishes: isStarted(cell), fault: '', isSaving: false }
    },
    editorConfirmed(publishes: boolean): void {
      if (editor.value) editor.value = { ...editor.value, isOpen: true, publishes }
    },
    draftTyped(draft: string): void {
      if (editor.value) editor.value = { ...editor.value, draft, fault: '' }
    },
    draftRefused(fault: PriceFault): void {
      if (editor.value) editor.value = { ...editor.value, fault }
    },
    saving(isSaving: boolean): void {
      if (editor.value) editor.value = { ...editor.value, isSaving }
    },
    editorClosed(): void {
      editor.value = null
    },
  }

  const ask = (name: string, args: object = {}) => connection.command(`quoting.${name}`, { pair: quotes.pair, ...args })

  /** Null where it was refused as a whole, or nobody knows whether it was carried out; the page says which. */
  async function run(name: string, args: object): Promise<Done | null> {
    try {
      const done = (await ask(name, args)) as Done
      quotes.gestureAnswered(done.refused ?? [])
      return done
    } catch (error) {
      failed(name, args as Partial<Place & { gesture: string }>, error as Error)
      return null
    }
  }

  /** What one cell refuses is said in that cell. */
  function failed(name: string, { gesture, side, level }: Partial<Place & { gesture: string }>, error: Error): void {
    const isCells = error instanceof ApiError && error.status === CONFLICT && side !== undefined && level !== undefined
    if (!isCells) return quotes.gestureFailed(error.message, error instanceof ApiError)
    quotes.gestureAnswered([{ pair: quotes.pair, gesture: gesture ?? name, reason: error.code, side, level, value: null, limit: null }])
  }

  /** To start a cell without a price is to be asked for one. */
  async function touch(gesture: TouchGesture, place: Partial<Place> = {}, value?: number): Promise<Done | null> {
    const done = await run('touch', { gesture, ...place, value })
    const opened = gesture === 'start' && place.level !== undefined ? done?.opened?.[0] : undefined
    const cell = opened && quotes.panel?.cells.find((each) => keyOf(each) === keyOf(opened))
    if (cell) {
      mutations.editorOpened(cell, drafted(cell))
      mutations.editorConfirmed(opened.publishes)
    }
    return done
  }

  function drafted(cell: CellFields): string {
    const price = shownPrice(cell)
    return price === null ? '' : exact(price, quotes.panel?.head.digits.decimals ?? 0)
  }

  /** By socket, and past it where it lags: withdrawing twice is withdrawing once. */
  async function stopBook(): Promise<void> {
    mutations.stopAsked()
    const bySocket = connection.command('quoting.stop_all', {}).then((done) => mutations.stopAnswered(done as Done, 'socket'))
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, STOP_WAITS_MS, 'late'))
    const byRest = Promise.race([bySocket.catch(() => 'late'), late]).then(async (found) => {
      if (found === 'late') mutations.stopAnswered(await postStopBook(), 'rest')
    })
    try {
      await Promise.any([bySocket, byRest])
    } catch (error) {
      const [, why] = (error as AggregateError).errors as Error[]
      mutations.stopFailed(why?.message ?? '')
    }
  }

  async function open(cell: CellFields): Promise<void> {
    if (editor.value && keyOf(editor.value) !== keyOf(cell)) await leave()
    mutations.editorOpened(cell, drafted(cell))
    const { side, level } = cell
    const done = await touch('double_click', { side, level })
    const opened = done?.opened?.[0]
    if (opened) mutations.editorConfirmed(opened.publishes)
    else mutations.editorClosed()
  }

  /** Whether it was saved; what was refused stays to be mended. */
  async function save(starts: boolean): Promise<boolean> {
    const typed = editor.value
    const digits = quotes.panel?.head.digits
    if (!typed || !digits || typed.isSaving) return false
    const { side, level } = typed
    let ticks: number
    try {
      ticks = ticksOf(typed.draft, digits.decimals)
    } catch (error) {
      if (!(error instanceof PriceError)) throw error
      mutations.draftRefused(error.fault)
      return false
    }
    mutations.saving(true)
    const done = await touch(starts ? 'enter_start' : 'enter', { side, level }, ticks)
    mutations.saving(false)
    if (!done || done.refused?.length) return false
    mutations.editorClosed()
    return true
  }

  async function leave(): Promise<void> {
    const left = editor.value
    mutations.editorClosed()
    if (left) await touch('esc', { side: left.side, level: left.level })
  }

  return {
    stop: computed(() => stop.value),
    editor: computed(() => editor.value),
    ...mutations,
    touch,
    stopBook,
    open,
    save,
    leave,
    feed: (source: string) => run('feed', { source }),
    resize: (level: number, size: number) => run('resize', { level, size }),
    release: (comment: string) => run('release', { comment }),
    enable: (source: string, provider: string, is_enabled: boolean) => run('enable', { source, provider, is_enabled }),
    typeMarket: (bid: number | null, ask: number | null, ttl_seconds: number) => run('type', { bid, ask, ttl_seconds }),
    answerTicket: (answer: TicketAnswer) => run('ticket', answer),
    setDealMode: (mode: QuoteMode) => run('deal_mode', { mode }),
    fetchDetails: () => ask('details') as Promise<Details>,
    fetchUsage: () => ask('usage') as Promise<UsageLine[]>,
    fetchStrategies: () => ask('strategies') as Promise<Strategies>,
    preview: async (settings: StrategySettings) => ((await ask('preview', { settings })) as { cells: PreviewCell[] }).cells,
    saveStrategy: (wanted: WantedVersion) => ask('save_strategy', wanted) as Promise<SavedVersion>,
    chooseStrategy: (chosen: Chosen) => ask('choose_strategy', chosen) as Promise<SavedVersion>,
    fetchDeals: async (pair: string) => ((await connection.command('quoting.deals', pair ? { pair } : {})) as { results: Deal[] }).results,
    sayAlive: () => connection.command('quoting.alive', {}).catch(() => undefined),
    sideOf: (side: Side, gesture: 'start' | 'stop' | 'auto') => touch(gesture, { side }),
  }
})
