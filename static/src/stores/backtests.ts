/** Back-tests: a page of them from REST, their progress from the log. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  getDays,
  postBacktest,
  postCancel,
  type Backtest,
  type BacktestMessage,
  type Question,
} from '@/api/backtests'
import { getPage } from '@/api/pages'
import { withBacktest } from '@/domain/backtests'

export const useBacktests = defineStore('backtests', () => {
  const rows = shallowRef<readonly Backtest[] | null>(null)
  const days = shallowRef<readonly string[] | null>(null)
  const fault = ref('')
  const running = computed(() => rows.value?.find(({ state }) => state === 'running') ?? null)

  function receive(message: BacktestMessage): void {
    if (message.change !== 'missed') take(message.backtest)
  }

  function take(row: Backtest): void {
    rows.value = withBacktest(rows.value ?? [], row)
  }

  /** The log begins, or has a hole. */
  async function resync(): Promise<void> {
    try {
      rows.value = (await getPage<Backtest>('backtests', {})).results
      fault.value = ''
    } catch (error) {
      fault.value = (error as Error).message
    }
  }

  async function fetchDays(): Promise<void> {
    try {
      days.value = (await getDays()).map(({ day }) => day)
    } catch (error) {
      fault.value = (error as Error).message
    }
  }

  async function ask(question: Question): Promise<Backtest> {
    const row = await postBacktest(question)
    take(row)
    return row
  }

  async function cancel(id: number): Promise<void> {
    take(await postCancel(id))
  }

  return { rows, days, fault, running, receive, resync, fetchDays, ask, cancel }
})

