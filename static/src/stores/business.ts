/**
 * Business figures and their thresholds, shared by all that shows them. Steps S4 and S5 run here:
 * each figure is judged anew when it changes, and when anybody changes a threshold.
 * Only the mutations write the state.
 */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getBusiness, getMetricThresholds, METRICS, type BusinessFigure, type BusinessNews, type Metric, type MetricThreshold } from '@/api/business'
import { judged, STANDINGS, thresholdOf, type Standing } from '@/domain/judgement'

export interface JudgedFigure extends BusinessFigure {
  id: string
  threshold: MetricThreshold | null
  standing: Standing
}

export const useBusiness = defineStore('business', () => {
  const news = shallowRef<BusinessNews | null>(null)
  const thresholds = shallowRef<readonly MetricThreshold[]>([])
  const fault = ref('')
  const isRefused = ref(false)

  const mutations = {
    figuresArrived(arrived: BusinessNews): void {
      news.value = Object.freeze(arrived)
      fault.value = ''
    },
    thresholdsChanged(rows: readonly MetricThreshold[]): void {
      thresholds.value = Object.freeze(rows.map((row) => Object.freeze({ ...row })))
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
    return { ...figure, id: [figure.metric, figure.exchange, figure.account, figure.symbol].join(' '), threshold, standing }
  }))
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
      mutations.thresholdsChanged(rows.results)
      mutations.figuresArrived(found)
    } catch (error) {
      mutations.fetchFailed((error as Error).message)
    }
  }

  return {
    news: computed(() => news.value),
    thresholds: computed(() => thresholds.value),
    fault: computed(() => fault.value),
    isRefused: computed(() => isRefused.value),
    figures, tiles, ...mutations, ofMetrics, fetchAll,
  }
})
