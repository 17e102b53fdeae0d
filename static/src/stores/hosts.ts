/** All hosts as they are told live, and one that is looked at, with its figures over time. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { getHost, getSeries, type Host, type HostNews, type SeriesList } from '@/api/hosts'
import { METRICS, type Range } from '@/domain/hosts'

const NS_PER_HOUR = 3_600_000_000_000

export const useHosts = defineStore('hosts', () => {
  const news = shallowRef<HostNews | null>(null)
  const opened = shallowRef<Host | null>(null)
  const series = shallowRef<SeriesList | null>(null)
  const fault = ref('')
  const isRefused = ref(false)
  let fetching = new AbortController()

  function arrived(told: HostNews): void {
    news.value = told
  }

  function refused(): void {
    isRefused.value = true
  }

  /** A host and the last hours of it; until there is an answer, what was there stays. */
  async function open(name: string, hours: Range): Promise<void> {
    fetching.abort()
    const { signal } = (fetching = new AbortController())
    if (opened.value?.name !== name) {
      opened.value = null
      series.value = null
    }
    const since = BigInt(Date.now()) * 1_000_000n - BigInt(hours * NS_PER_HOUR)
    try {
      const [host, found] = await Promise.all([getHost(name, signal), getSeries(name, METRICS, String(since), undefined, signal)])
      opened.value = host
      series.value = found
      fault.value = ''
    } catch (error) {
      if (!signal.aborted) fault.value = (error as Error).message
    }
  }

  return { news, opened, series, fault, isRefused, arrived, refused, open }
})
