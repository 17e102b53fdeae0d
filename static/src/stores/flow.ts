/** Order flow: the newest events as they come, and the stored ones. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { FlowEvent, Orders } from '@/api/types'
import { newestFirst, unknownOf } from '@/domain/flowList'
import { pagedList } from './pagedList'

export const LIVE_ROWS_MAX = 2_000
export const STORED_ROWS_MAX = 20_000

export const useFlow = defineStore('flow', () => {
  const heard = shallowRef<readonly FlowEvent[]>([])
  /** What was there when the list was paused. */
  const frozen = shallowRef<readonly FlowEvent[] | null>(null)
  const held = ref(0)
  const sampled = ref(0)
  const perSecond = ref<number | null>(null)
  const stored = pagedList<FlowEvent>('orders', STORED_ROWS_MAX)
  const isPaused = computed(() => frozen.value !== null)
  const live = computed(() => frozen.value ?? heard.value)

  function arrived(orders: Orders): void {
    const fresh = unknownOf(heard.value, orders.newest)
    heard.value = newestFirst(heard.value, fresh, ({ time_ns }) => time_ns, LIVE_ROWS_MAX)
    if (frozen.value) held.value += fresh.length
    sampled.value = orders.newest.length
    const { orders_per_second, reports_per_second, cancels_per_second } = orders
    const rates = [orders_per_second, reports_per_second, cancels_per_second]
    perSecond.value = rates.every((each) => each === null) ? null : rates.reduce<number>((sum, each) => sum + (each ?? 0), 0)
  }

  function pauseSwitched(): void {
    frozen.value = frozen.value ? null : heard.value
    held.value = 0
  }

  return { live, isPaused, held, sampled, perSecond, stored, arrived, pauseSwitched }
})
