/** One account over all counters: what is left before each rule's levels, its alerts, its restrictions. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { getHeadroom, type Headroom } from '@/api/headroom'
import { getPage } from '@/api/pages'
import type { Restriction } from '@/api/restrictions'
import type { Alert } from '@/api/types'

export interface Looked {
  account: string
  symbol?: string
}

interface View {
  headroom: readonly Headroom[]
  alerts: readonly Alert[]
  restrictions: readonly Restriction[]
}

export const useCustomer = defineStore('customer', () => {
  const view = shallowRef<View | null>(null)
  const fault = ref('')
  const isLoading = ref(false)
  let fetching = new AbortController()

  async function look({ account, symbol }: Looked): Promise<void> {
    fetching.abort()
    const { signal } = (fetching = new AbortController())
    isLoading.value = true
    fault.value = ''
    try {
      const [headroom, alerts, restrictions] = await Promise.all([
        getHeadroom(account, symbol, signal),
        getPage<Alert>('alerts', { account }, signal),
        getPage<Restriction>('restrictions', { state: 'active', scope: account }, signal),
      ])
      view.value = { headroom, alerts: alerts.results, restrictions: restrictions.results }
    } catch (error) {
      if (signal.aborted) return
      view.value = null
      fault.value = (error as Error).message
    } finally {
      if (!signal.aborted) isLoading.value = false
    }
  }

  function leave(): void {
    fetching.abort()
    view.value = null
    fault.value = ''
  }

  return { view, fault, isLoading, look, leave }
})
