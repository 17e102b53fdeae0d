/** Keys that work on every page. */

import { nextTick, onMounted, onUnmounted, ref, toValue, type MaybeRefOrGetter } from 'vue'
import { useRouter } from 'vue-router'
import { placeAfter } from './domain/rowSteps'

export const SEARCH_EVENT = 'riskgw:search'
const ESCAPE_EVENT = 'riskgw:escape'
const LEADER_MS = 1_500
/** Pages with a search of their own; elsewhere alerts are searched. */
const SEARCHED = ['alerts', 'flow', 'restrictions', 'rules', 'customer', 'ledger', 'hosts', 'logs', 'dataFiles']

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, [contenteditable]')
}

export function useKeys() {
  const router = useRouter()
  const isListOpen = ref(false)
  let ledAtMs = 0

  const actions: Record<string, () => void> = {
    '?': () => (isListOpen.value = true),
    '/': () => void search(),
    g: () => (ledAtMs = Date.now()),
    p: () => document.querySelector<HTMLElement>('.prompt')?.focus(),
  }
  const places: Record<string, [name: string, focused: string]> = { o: ['overview', '#content'], a: ['alerts', '[role=grid]'], f: ['flow', '[role=grid]'], u: ['rules', '[role=grid]'], c: ['customer', '[role=search] input'], r: ['restrictions', 'table.restrictions tr[tabindex="0"]'], l: ['ledger', '[role=grid], [role=treegrid]'], h: ['hosts', 'table.hosts tr[tabindex="0"]'], s: ['statistics', 'table.business tr[tabindex="0"]'], m: ['making', 'table.business tr[tabindex="0"]'], q: ['quotes', '.quote-cell[tabindex="0"], .quote-tile[tabindex="0"]'], j: ['logs', 'table.log-lines tr[tabindex="0"]'], d: ['dataFiles', 'table.data-files tr[tabindex="0"]'], x: ['modules', 'table.modules tr[tabindex="0"]'] }

  /** Who comes by a key goes on by keys. */
  async function go([name, focused]: [string, string]): Promise<void> {
    await router.push({ name })
    await nextTick()
    document.querySelector<HTMLElement>(focused)?.focus()
  }

  /** Whoever types on at once loses no letter: where the search stands already, it has the focus when the key returns. */
  async function search(): Promise<void> {
    if (!SEARCHED.includes(String(router.currentRoute.value.name))) {
      await router.push({ name: 'alerts' })
      await nextTick()
    }
    window.dispatchEvent(new Event(SEARCH_EVENT))
  }

  function pressed(event: KeyboardEvent): void {
    if (event.key === 'Escape') return escape(event)
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const place = Date.now() - ledAtMs < LEADER_MS ? places[event.key] : undefined
    const act = place ? () => void go(place) : actions[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  /** What lies on top closes itself first; a filled field is left first. */
  function escape({ target }: KeyboardEvent): void {
    if (isListOpen.value || !(target instanceof HTMLElement)) return
    if (isTyping(target)) target.blur()
    else if (!target.closest('.prompt')) window.dispatchEvent(new Event(ESCAPE_EVENT))
  }

  onMounted(() => window.addEventListener('keydown', pressed))
  onUnmounted(() => window.removeEventListener('keydown', pressed))
  return { isListOpen }
}

/** Esc closes one thing at a time: what was mounted first and is open. */
export function useEscape(isOpen: MaybeRefOrGetter<boolean>, close: () => void): void {
  function escaped(event: Event): void {
    if (!toValue(isOpen)) return
    event.stopImmediatePropagation()
    close()
  }
  onMounted(() => window.addEventListener(ESCAPE_EVENT, escaped))
  onUnmounted(() => window.removeEventListener(ESCAPE_EVENT, escaped))
}

/** What `/` leads to on a page with one field to search by. */
export function useSearch(selector: string): void {
  const focus = () => document.querySelector<HTMLElement>(selector)?.focus()
  onMounted(() => window.addEventListener(SEARCH_EVENT, focus))
  onUnmounted(() => window.removeEventListener(SEARCH_EVENT, focus))
}

/** Arrows, Home and End move between the rows of a plain table; its rows carry a tabindex. */
export function moveRow(event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest('tr')
  const rows = [...(row?.parentElement?.querySelectorAll<HTMLElement>('tr[tabindex]') ?? [])]
  const at = row ? rows.indexOf(row) : -1
  const place = placeAfter(event.key, at, { count: rows.length })
  if (at < 0 || place === undefined) return
  event.preventDefault()
  rows[place]?.focus()
}
