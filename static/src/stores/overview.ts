/** Today at a glance: the newest health, order flow and statistics. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Health, Level, Orders, Statistics } from '@/api/types'
import { LEVELS } from '@/domain/levels'

const HISTORY_SECONDS = 120

export const useOverview = defineStore('overview', () => {
  const health = shallowRef<Health | null>(null)
  const orders = shallowRef<Orders | null>(null)
  const statistics = shallowRef<Statistics | null>(null)
  const cancels = shallowRef<readonly number[]>([])
  const isRefused = ref(false)

  const raisedByLevel = computed(() => {
    const sums: Record<Level, number> = { warn: 0, restrict: 0, limit: 0 }
    for (const counts of Object.values(statistics.value?.alerts ?? {})) {
      for (const level of LEVELS) sums[level] += counts[level] ?? 0
    }
    return sums
  })
  const openTotal = computed(() =>
    LEVELS.reduce((sum, level) => sum + (statistics.value?.open[level] ?? 0), 0),
  )

  function healthArrived(arrived: Health): void {
    health.value = arrived
  }

  function ordersArrived(arrived: Orders): void {
    orders.value = arrived
    const next = [...cancels.value, arrived.cancels_per_second ?? 0]
    cancels.value = next.slice(-HISTORY_SECONDS)
  }

  function statisticsArrived(arrived: Statistics): void {
    statistics.value = arrived
  }

  function refused(): void {
    isRefused.value = true
  }

  return {
    health, orders, statistics, cancels, isRefused, raisedByLevel, openTotal,
    healthArrived, ordersArrived, statisticsArrived, refused,
  }
})
