/** Lines of logs as they are searched, and the live counts of each log. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { LogLine } from '@/api/hosts'
import type { LogNews } from '@/api/logs'
import { pagedList } from './pagedList'

export const LINES_MAX = 2_000

export const useLogs = defineStore('logs', () => {
  const news = shallowRef<LogNews | null>(null)
  const isRefused = ref(false)
  const lines = pagedList<LogLine>('logs', LINES_MAX)

  function arrived(told: LogNews): void {
    news.value = told
  }

  function refused(): void {
    isRefused.value = true
  }

  return { news, isRefused, lines, arrived, refused }
})
