/** All hosts as they are told live, and one that is looked at, with its figures over time. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getHost, getSeries, getSystemThresholds, type Host, type HostNews, type Limits, type SeriesList, type SystemThreshold } from '@/api/hosts'
import { hostBreach } from '@/domain/breaches'
import { judgedHost, judgedPlaces, judgedSilence, limitsOf, type JudgedPlace } from '@/domain/hostJudgement'
import { METRICS, type Range } from '@/domain/hosts'
import { heardOf, serverMs, type Offsets } from '@/domain/serverClock'
import { millisecondsOf } from '@/domain/times'
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
  let offsets: Offsets = []

  /** Of each host its figures, as they stand by the thresholds of now. */
  const places = computed(() => new Map((news.value?.hosts ?? []).map((host) => [host.name, judgedPlaces(host, thresholds.value)])))
  /** Of each host how long it has been silent, by the server's clock. */
  const silences = shallowRef<ReadonlyMap<string, JudgedPlace>>(new Map())
  const placesOf = (host: string) => [...(places.value.get(host) ?? []), ...[silences.value.get(host) ?? []].flat()]
  const rows = computed(() => (news.value?.hosts ?? []).map((host) => (isJudged.value ? judgedHost(host, placesOf(host.name)) : host)))

  function arrived(told: HostNews): void {
    offsets = heardOf(offsets, millisecondsOf(told.as_of_ns), Date.now())
    news.value = told
    silences.value = heard()
    judge(isJudged.value)
  }

  const nowNs = () => BigInt(serverMs(offsets, Date.now())) * NS_PER_MS

  function heard(): Map<string, JudgedPlace> {
    const told = news.value
    const now_ns = nowNs()
    const found = (told?.hosts ?? []).flatMap((host) => {
      const place = told && judgedSilence(host, told, thresholds.value, now_ns)
      return place ? [[host.name, place] as const] : []
    })
    return new Map(found)
  }

  /** Who has been silent for too long is so before anybody tells. */
  function timeWent(): void {
    const now = heard()
    if ([...now].every(([host, { height }]) => height === silences.value.get(host)?.height)) return
    silences.value = now
    judge(isJudged.value)
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
    silences.value = heard()
    judge(isJudged.value)
    isJudged.value = true
  }

  function judge(mayPrompt: boolean): void {
    const now = String(nowNs())
    const found = rows.value.flatMap(({ name }) => placesOf(name).map((place) => ({ figure: `${name} ${place.name}`, name, place })))
    const isNews = new Set(found.filter(({ place }) => place.isNews).map(({ figure }) => figure))
    const breaches = new Map(found.map(({ figure, name, place }) => [figure, hostBreach(name, place, now)]))
    useBreaches().judged(breaches, (figure) => mayPrompt && isNews.has(figure))
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

  return { news, rows, thresholds, isJudged, opened, series, fault, isRefused, arrived, timeWent, refused, open, thresholdsFetched, thresholdsChanged, fetchThresholds, limitsFor }
})
