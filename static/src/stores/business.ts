/**
 * Business figures and their thresholds, shared by all that shows them. Steps S4 and S5 run here:
 * each figure is judged anew when it changes, and when anybody changes a threshold.
 * Only the mutations write the state.
 */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getBusiness, getMetricThresholds, METRICS, type BusinessFigure, type BusinessNews, type Metric, type MetricThreshold } from '@/api/business'
import type { Alert } from '@/api/types'
import { businessBreach } from '@/domain/breaches'
import { judged, STANDINGS, thresholdOf, type Standing } from '@/domain/judgement'
import { useBreaches } from './breaches'

const NS_PER_MS = 1_000_000n

export interface JudgedFigure extends BusinessFigure {
  id: string
  threshold: MetricThreshold | null
  standing: Standing
}

const idOf = ({ metric, exchange, account, symbol }: BusinessFigure) => [metric, exchange, account, symbol].join(' ')

/** A message has at most the worst few hundred; what it leaves out stays as it was. */
function completed(arrived: BusinessNews, known: BusinessNews | null): BusinessNews {
  if (!known || known.trading_day !== arrived.trading_day || arrived.count <= arrived.results.length) return arrived
  const byId = new Map([...known.results, ...arrived.results].map((figure) => [idOf(figure), figure]))
  return { ...arrived, results: [...byId.values()] }
}

export const useBusiness = defineStore('business', () => {
  const news = shallowRef<BusinessNews | null>(null)
  const thresholds = shallowRef<readonly MetricThreshold[]>([])
  const fault = ref('')
  const isRefused = ref(false)
  const isLoaded = ref(false)

  const mutations = {
    figuresArrived(arrived: BusinessNews): void {
      news.value = Object.freeze(completed(arrived, news.value))
      fault.value = ''
      useBreaches().judged(judgements(), () => false)
    },
    /** Those that it began with are nobody's news. */
    thresholdsChanged(rows: readonly MetricThreshold[]): void {
      thresholds.value = Object.freeze(rows.map((row) => Object.freeze({ ...row })))
      const mayPrompt = isLoaded.value
      useBreaches().judged(judgements(), () => mayPrompt)
      isLoaded.value = true
    },
    fetchFailed(words: string): void {
      fault.value = words
    },
    refused(): void {
      isRefused.value = true
    },
  }

  const figures = computed<JudgedFigure[]>(() => (news.value?.results ?? []).map((figure) => {
    const threshold = thresholdOf(figure, thresholds.value)
    const standing = judged(figure.value, figure.cmp, threshold?.monitoring ?? null, threshold?.risk ?? null)
    return { ...figure, id: idOf(figure), threshold, standing }
  }))

  function judgements(): Map<string, Alert | null> {
    const now = String(BigInt(Date.now()) * NS_PER_MS)
    return new Map(figures.value.map((figure) => [figure.id, businessBreach(figure, now)]))
  }

  /** Of each metric: whether it has a source, how many figures, and the highest standing. */
  const tiles = computed(() => METRICS.map((metric) => {
    const own = figures.value.filter((figure) => figure.metric === metric)
    const heights = own.map(({ standing }) => STANDINGS.indexOf(standing))
    return {
      metric,
      hasSource: news.value?.sources[metric] ?? false,
      count: own.length,
      beyond: heights.filter((height) => height > 0).length,
      standing: STANDINGS[Math.max(0, ...heights)] ?? 'quiet',
    }
  }))

  /** Those that stand highest first. */
  function ofMetrics(...wanted: Metric[]): JudgedFigure[] {
    const found = figures.value.filter(({ metric }) => wanted.includes(metric))
    const height = ({ standing }: JudgedFigure) => STANDINGS.indexOf(standing)
    return found.sort((left, right) => height(right) - height(left))
  }

  async function fetchAll(): Promise<void> {
    try {
      const [found, rows] = await Promise.all([getBusiness(), getMetricThresholds()])
      mutations.figuresArrived(found)
      mutations.thresholdsChanged(rows.results)
    } catch (error) {
      mutations.fetchFailed((error as Error).message)
    }
  }

  return {
    news: computed(() => news.value),
    thresholds: computed(() => thresholds.value),
    isLoaded: computed(() => isLoaded.value),
    fault: computed(() => fault.value),
    isRefused: computed(() => isRefused.value),
    figures, tiles, ...mutations, ofMetrics, fetchAll,
  }
})
