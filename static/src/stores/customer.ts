/**
 * A customer, group or account over all counters. What lives is asked anew every second or two; what
 * shards and the database have to be asked for, less often.
 */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { headroomOf, type Headroom } from '@/api/headroom'
import { getPage } from '@/api/pages'
import { getParty, type Party } from '@/api/party'
import type { Alert } from '@/api/types'
import type { Looked } from '@/domain/party'

export const useCustomer = defineStore('customer', () => {
  const party = shallowRef<Party | null>(null)
  const headroom = shallowRef<readonly Headroom[] | null>(null)
  const alerts = shallowRef<readonly Alert[] | null>(null)
  const fault = ref('')
  const headroomFault = ref('')
  const alertsFault = ref('')
  /** From where in the list of live orders; the first is the newest. */
  const cursors = shallowRef<readonly string[]>([])
  let looked: Looked | null = null
  let leaving = new AbortController()
  let isLooking = false
  let isAsking = false

  async function begin(whom: Looked): Promise<void> {
    leave()
    looked = whom
    await Promise.all([look(), ask()])
  }

  /** What lives. One that is still on its way is not overtaken. */
  async function look(): Promise<void> {
    if (!looked || isLooking) return
    const { signal } = leaving
    isLooking = true
    try {
      const found = await getParty(looked, { symbol: looked.symbol, cursor: cursors.value.at(-1) }, signal)
      if (signal.aborted) return
      party.value = found
      fault.value = ''
    } catch (error) {
      if (!signal.aborted) fault.value = (error as Error).message
    } finally {
      if (!signal.aborted) isLooking = false
    }
  }

  /** What is left, and what was alerted. */
  async function ask(): Promise<void> {
    if (!looked || isAsking) return
    const { signal } = leaving
    const { kind, id, symbol } = looked
    isAsking = true
    const [left, told] = await Promise.allSettled([
      headroomOf({ kind, id }, symbol, signal),
      getPage<Alert>('alerts', { [kind]: id }, signal),
    ])
    if (signal.aborted) return
    isAsking = false
    if (left.status === 'fulfilled') headroom.value = left.value
    headroomFault.value = left.status === 'rejected' ? (left.reason as Error).message : ''
    if (told.status === 'fulfilled') alerts.value = told.value.results
    alertsFault.value = told.status === 'rejected' ? (told.reason as Error).message : ''
  }

  async function older(): Promise<void> {
    const next = party.value?.orders.next
    if (next) await turn([...cursors.value, next])
  }

  async function newer(): Promise<void> {
    await turn(cursors.value.slice(0, -1))
  }

  async function turn(wanted: readonly string[]): Promise<void> {
    cursors.value = wanted
    isLooking = false
    await look()
  }

  function leave(): void {
    leaving.abort()
    leaving = new AbortController()
    looked = null
    isLooking = isAsking = false
    party.value = headroom.value = alerts.value = null
    fault.value = headroomFault.value = alertsFault.value = ''
    cursors.value = []
  }

  return { party, headroom, alerts, fault, headroomFault, alertsFault, cursors, begin, look, ask, older, newer, leave }
})
