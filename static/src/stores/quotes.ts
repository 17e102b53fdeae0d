/**
 * The desk: the pairs in short, and the one that is looked at.
 * Only the mutations write the state: synchronous, named, committed by actions and by the socket.
 */

import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Away, Panel, PanelFrame, RefusedGesture, Tiles } from '@/api/quoting'
import { withFrame } from '@/domain/panelFrames'
import { keyOf, moveOf, rowsOf, type Move } from '@/domain/quoting'
import type { Topic } from '@/live/frames'

/** What a cell's price did last, and when the screen saw it. */
export interface Seen {
  move: Move | null
  atMs: number
}

export const TILES_TOPIC = 'quotes'
export const topicOf = (pair: string): Topic => `quotes.${pair}`

export const useQuotes = defineStore('quotes', () => {
  const tiles = shallowRef<Tiles | null>(null)
  const isRefused = shallowRef(false)
  const isAway = shallowRef(false)
  const awayWhy = shallowRef('')
  const pair = shallowRef('')
  const panel = shallowRef<Panel | null>(null)
  const seen = shallowRef<Readonly<Record<string, Seen>>>({})
  const marketSeenMs = shallowRef<number | null>(null)
  const refusals = shallowRef<readonly RefusedGesture[]>([])
  const fault = shallowRef('')
  const isFaultSure = shallowRef(false)

  const mutations = {
    tilesArrived(told: Tiles): void {
      tiles.value = told
      isAway.value = false
      if (panel.value && told.tiles.every((tile) => tile.pair !== pair.value)) mutations.pairLeft()
    },
    engineLeft(why = ''): void {
      isAway.value = true
      awayWhy.value = why
    },
    /** Of another pair nothing is kept: what is shown is told now. */
    pairOpened(wanted: string): void {
      if (pair.value === wanted) return
      pair.value = wanted
      panel.value = marketSeenMs.value = null
      seen.value = {}
      refusals.value = []
      fault.value = ''
    },
    /** Taken out of use: nothing of it stands any more. */
    pairLeft(): void {
      panel.value = marketSeenMs.value = null
      seen.value = {}
    },
    frameArrived(frame: PanelFrame, atMs: number): void {
      const before = panel.value
      const after = withFrame(before, frame)
      if (frame.head?.engine === 'away') mutations.engineLeft(frame.head.why)
      else if (frame.whole) isAway.value = false
      if (after === null) return
      seen.value = frame.whole && before === null ? {} : seenAfter(seen.value, before, after, atMs)
      if (before && (before.head.bid !== after.head.bid || before.head.ask !== after.head.ask)) marketSeenMs.value = atMs
      panel.value = after
    },
    topicWasRefused(): void {
      isRefused.value = true
    },
    gestureAnswered(refused: readonly RefusedGesture[]): void {
      refusals.value = refused
      fault.value = ''
    },
    /** `isSure`: the server has refused it; else nobody knows whether it was carried out. */
    gestureFailed(why: string, isSure: boolean): void {
      refusals.value = []
      fault.value = why
      isFaultSure.value = isSure
    },
    answersRead(): void {
      refusals.value = []
      fault.value = ''
    },
  }

  const rows = computed(() => rowsOf(panel.value?.cells ?? []))
  const refusalOf = computed(() => {
    const byCell = refusals.value.filter(({ side, level }) => side !== null && level !== null)
    return Object.fromEntries(byCell.map((each) => [`${each.side} ${each.level}`, each]))
  })

  /** Both topics come here: tiles of all pairs, frames of one. */
  function arrived(data: unknown, topic: Topic): void {
    if (topic === TILES_TOPIC) {
      const told = data as Tiles | Away
      if ('tiles' in told) mutations.tilesArrived(told)
      else mutations.engineLeft(told.why)
    } else if (topic === topicOf(pair.value)) {
      mutations.frameArrived(data as PanelFrame, Date.now())
    }
  }

  return {
    tiles: computed(() => tiles.value),
    isRefused: computed(() => isRefused.value),
    isAway: computed(() => isAway.value),
    awayWhy: computed(() => awayWhy.value),
    pair: computed(() => pair.value),
    panel: computed(() => panel.value),
    seen: computed(() => seen.value),
    marketSeenMs: computed(() => marketSeenMs.value),
    refusals: computed(() => refusals.value),
    fault: computed(() => fault.value),
    isFaultSure: computed(() => isFaultSure.value),
    rows,
    refusalOf,
    ...mutations,
    arrived,
    topicRefused: mutations.topicWasRefused,
  }
})

/** Only what was confirmed anew is new; a cell that did not change keeps what was seen of it. */
function seenAfter(seen: Readonly<Record<string, Seen>>, before: Panel | null, after: Panel, atMs: number): Readonly<Record<string, Seen>> {
  const known = new Map((before?.cells ?? []).map((cell) => [keyOf(cell), cell]))
  const changed: Record<string, Seen> = {}
  for (const cell of after.cells) {
    const old = known.get(keyOf(cell))
    if (old === cell || old?.published === cell.published) continue
    changed[keyOf(cell)] = { move: moveOf(old, cell), atMs }
  }
  return Object.keys(changed).length > 0 ? { ...seen, ...changed } : seen
}
