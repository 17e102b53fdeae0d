/** The alerts of the filter that is looked at: pages from REST, and the live log on top. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import {
  alertsSince,
  getAlert,
  onceStored,
  postAlert,
  STORED_WITHIN_MS,
  type Verb,
} from '@/api/alerts'
import { getPage } from '@/api/pages'
import type { Alert, AlertMessage, StateChange } from '@/api/types'
import { isAbout, matches, type AlertFilter } from '@/domain/alertFilter'
import { breachOf } from '@/domain/breaches'
import { merged, replaced, withState, type Alerts } from '@/domain/alertList'
import { RecentMessages } from '@/domain/recentMessages'
import { SeenAlerts } from '@/domain/seenAlerts'
import { NoAnswer } from '@/live/commands'
import { useConnection } from './connection'
import { usePrompts } from './prompts'
import { useSilences } from './silences'
import { useThresholds } from './thresholds'

export const ROWS_MAX = 20_000

export const useAlerts = defineStore('alerts', () => {
  const rows = shallowRef<Alerts>([])
  const filter = shallowRef<AlertFilter>({})
  const next = ref<string | null>(null)
  const loading = ref<'first' | 'older' | null>(null)
  const fault = ref('')
  const opened = shallowRef<Alert | null>(null)
  const seen = new SeenAlerts()
  let wantedId = ''
  let secondLook: ReturnType<typeof setTimeout> | undefined
  let anew: ReturnType<typeof setTimeout> | undefined
  const recent = new RecentMessages()
  let fetching = new AbortController()

  function receive(message: AlertMessage): void {
    if (message.change === 'thresholds') return useThresholds().someChanged(message.thresholds)
    if (message.change === 'missed') return void resync()
    if (message.change === 'silence') return useSilences().changed(message.silence)
    if (message.change === 'silenced') return silenced(message.alert)
    recent.add(message)
    listed(message)
    if (message.change === 'raised') {
      prompted(message.alert)
      askedAnew(message.alert)
    } else if (message.change === 'state' && message.alert.state !== 'open') usePrompts().settle(message.alert.id)
  }

  function listed(message: AlertMessage): void {
    if (message.change === 'raised') place([message.alert].filter((alert) => isAbout(alert, filter.value)))
    else if (message.change === 'state') changed(message.alert)
  }

  /** Only the server knows whose an account is: where that is asked for, it is asked once more. */
  function askedAnew(alert: Alert): void {
    const wanted = filter.value
    if (isAbout(alert, wanted) || !matches(alert, wanted) || anew !== undefined) return
    anew = setTimeout(() => {
      anew = undefined
      if (filter.value === wanted) void getPage<Alert>('alerts', { ...wanted }).then((page) => filter.value === wanted && place(page.results), () => undefined)
    }, STORED_WITHIN_MS)
  }

  function prompted(alert: Alert): void {
    const isTold = alert.state === 'open' && !alert.shadow && alert.silence === null
    if (!seen.meet(alert)) return
    if (isTold && !useSilences().cover(alert)) usePrompts().raise(alert)
    else usePrompts().withdraw(breachOf(alert))
  }

  /** The server knows more of an account than this page: what prompted is put away again. */
  function silenced({ id, silence }: { id: string; silence: number }): void {
    usePrompts().settle(id)
    if (opened.value?.id === id) opened.value = { ...opened.value, silence }
    const row = rows.value.find((each) => each.id === id)
    if (row) settleRow({ ...row, silence })
  }

  function changed(change: StateChange): void {
    if (opened.value?.id === change.id) opened.value = withState(opened.value, change)
    const row = rows.value.find((each) => each.id === change.id)
    if (row) settleRow(withState(row, change))
  }

  function settleRow(alert: Alert): void {
    rows.value = matches(alert, filter.value)
      ? replaced(rows.value, alert)
      : rows.value.filter((each) => each.id !== alert.id)
  }

  function place(arrived: Alerts): void {
    const all = merged(
      rows.value,
      arrived.filter((alert) => matches(alert, filter.value)),
    )
    rows.value = all.length > ROWS_MAX ? all.slice(0, ROWS_MAX) : all
    if (all.length > ROWS_MAX) next.value = null
  }

  async function show(wanted: AlertFilter): Promise<void> {
    filter.value = wanted
    rows.value = []
    next.value = null
    await fetchPage('first')
  }

  async function older(): Promise<void> {
    if (next.value !== null && loading.value === null) await fetchPage('older')
  }

  async function fetchPage(which: 'first' | 'older'): Promise<void> {
    fetching.abort()
    const { signal } = (fetching = new AbortController())
    loading.value = which
    try {
      const cursor = which === 'older' ? (next.value ?? undefined) : undefined
      const page = await getPage<Alert>('alerts', { ...filter.value, cursor }, signal)
      if (which === 'first') rows.value = []
      next.value = page.next
      place(page.results)
      recent.all().forEach(listed)
      fault.value = ''
    } catch (error) {
      if (!signal.aborted) fault.value = (error as Error).message
    } finally {
      if (!signal.aborted) loading.value = null
    }
  }

  /** The log begins, or has a hole: what was raised meanwhile still prompts, once it is stored. */
  async function resync(): Promise<void> {
    void useThresholds().fetchAll()
    try {
      await useSilences().fetchActive()
      await catchUp()
      await fetchPage('first')
      if (opened.value) await open(opened.value.id)
    } catch (error) {
      fault.value = (error as Error).message
    }
    clearTimeout(secondLook)
    secondLook = setTimeout(() => void catchUp().catch(() => undefined), STORED_WITHIN_MS)
  }

  async function catchUp(): Promise<void> {
    const { since } = seen
    const found = await alertsSince(since)
    if (since === null) seen.begin(found)
    else found.toReversed().forEach(prompted)
    place(found.filter((alert) => isAbout(alert, filter.value)))
  }

  async function open(id: string): Promise<void> {
    wantedId = id
    const known = knownAlert(id)
    opened.value = known ?? null
    const alert = known ? await onceStored(() => getAlert(id)) : await getAlert(id)
    if (wantedId === id) opened.value = alert
    apply(alert)
  }

  function knownAlert(id: string): Alert | undefined {
    if (opened.value?.id === id) return opened.value
    return rows.value.find((each) => each.id === id)
  }

  /** Its evidence is about to open; the list may not have it. */
  function lookAt(alert: Alert): void {
    opened.value = alert
  }

  function leave(): void {
    wantedId = ''
    opened.value = null
  }

  function apply(alert: Alert): void {
    if (opened.value?.id === alert.id) opened.value = alert
    settleRow(alert)
    if (alert.state !== 'open') usePrompts().settle(alert.id)
  }

  async function handle(verb: Verb, id: string, comment: string): Promise<void> {
    try {
      apply((await onceStored(() => useConnection().command(`alerts.${verb}`, { id, comment }))) as Alert)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      apply(await onceStored(() => postAlert(id, verb, comment)))
    }
  }

  return { rows, filter, next, loading, fault, opened, receive, resync, show, older, open, lookAt, leave, handle }
})
