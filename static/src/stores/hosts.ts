/** All hosts as they are told live, and one that is looked at, with its figures over time. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getHost, getSeries, getSystemThresholds, type Host, type HostNews, type Limits, type SeriesList, type SystemThreshold } from '@/api/hosts'
import { hostBreach } from '@/domain/breaches'
import { judgedHost, judgedPlaces, limitsOf } from '@/domain/hostJudgement'
import { METRICS, type Range } from '@/domain/hosts'
import { useBreaches } from './breaches'

const NS_PER_HOUR = 3_600_000_000_000
const NS_PER_MS = 1_000_000n

export const useHosts = defineStore('hosts', () => {
  const news = shallowRef<HostNews | null>(null)
  const thresholds = shallowRef<readonly SystemThreshold[]>([])
  const isJudged = ref(false)
  const opened = shallowRef<Host | null>(null)
  const series = shallowRef<SeriesList | null>(null)
  const fault = ref('')
  const isRefused = ref(false)
  let fetching = new AbortController()

  /** As they stand by the thresholds of now. */
  const rows = computed(() => (news.value?.hosts ?? []).map((host) => (isJudged.value ? judgedHost(host, thresholds.value) : host)))

  function arrived(told: HostNews): void {
    news.value = told
    judge(false)
  }

  function thresholdsFetched(found: readonly SystemThreshold[]): void {
    replace(found)
  }

  function thresholdsChanged(changed: readonly SystemThreshold[], removed: readonly number[]): void {
    const gone = new Set([...removed, ...changed.map(({ id }) => id)])
    replace([...thresholds.value.filter(({ id }) => !gone.has(id)), ...changed])
  }

  /** Those that it began with are nobody's news. */
  function replace(found: readonly SystemThreshold[]): void {
    thresholds.value = Object.freeze(found.map((row) => Object.freeze({ ...row })))
    judge(isJudged.value)
    isJudged.value = true
  }

  function judge(mayPrompt: boolean): void {
    const now = String(BigInt(Date.now()) * NS_PER_MS)
    const found = (news.value?.hosts ?? []).flatMap((host) =>
      judgedPlaces(host, thresholds.value).map((place) => [`${host.name} ${place.name}`, hostBreach(host.name, place, now)] as const),
    )
    useBreaches().judged(new Map(found), mayPrompt)
  }

  /** The thresholds of figures, as plots draw them in; null before they are known. */
  function limitsFor(host: string, names: readonly string[]): Limits[] | null {
    if (!isJudged.value) return null
    const number = (text: string | null) => (text === null ? null : Number(text))
    return names.flatMap((name) => {
      const row = limitsOf(host, name, thresholds.value)
      return row ? [{ name, warn: number(row.warn), limit: number(row.limit), clear: number(row.clear), for_seconds: row.for_seconds, runbook: row.runbook }] : []
    })
  }

  async function fetchThresholds(): Promise<void> {
    try {
      thresholdsFetched((await getSystemThresholds()).results)
    } catch (error) {
      fault.value = (error as Error).message
    }
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

  return { news, rows, thresholds, opened, series, fault, isRefused, arrived, refused, open, thresholdsFetched, thresholdsChanged, fetchThresholds, limitsFor }
})
