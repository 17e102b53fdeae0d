/**
 * Thresholds as they are in force, shared by every component that shows one.
 * Only the mutations write the state: synchronous, named, committed by actions and by the socket.
 */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getAll } from '@/api/pages'
import type { Threshold } from '@/api/types'
import { thresholdLines } from '@/domain/thresholds'
import { useOverview } from './overview'

const PAGES_MAX = 20

export const useThresholds = defineStore('thresholds', () => {
  const rows = shallowRef<readonly Threshold[]>([])
  const changedIds = ref<readonly Threshold['id'][]>([])
  const shownRule = ref<string | null>(null)
  const isLoaded = ref(false)
  const fault = ref('')

  const mutations = {
    allFetched(fetched: readonly Threshold[]): void {
      rows.value = Object.freeze(fetched.map((row) => Object.freeze({ ...row })))
      isLoaded.value = true
      fault.value = ''
    },
    fetchFailed(words: string): void {
      fault.value = words
    },
    someChanged(changed: readonly Threshold[]): void {
      const byId = new Map(rows.value.map((row) => [row.id, row]))
      for (const row of changed) byId.set(row.id, Object.freeze({ ...row }))
      rows.value = Object.freeze([...byId.values()])
      changedIds.value = [...new Set([...changedIds.value, ...changed.map(({ id }) => id)])]
    },
    changeSeen(id: Threshold['id']): void {
      changedIds.value = changedIds.value.filter((each) => each !== id)
    },
    ruleChosen(rule: string | null): void {
      shownRule.value = rule
    },
  }

  const rules = computed(() => [...new Set(rows.value.map((row) => row.rule))].sort())
  const lines = computed(() =>
    thresholdLines(
      rows.value.filter((row) => !shownRule.value || row.rule === shownRule.value),
      useOverview().health?.session?.trading_day,
    ),
  )

  function nameOf(rule: string): Threshold['name'] {
    return rows.value.find((row) => row.rule === rule)?.name ?? ''
  }

  async function fetchAll(): Promise<void> {
    try {
      mutations.allFetched(await getAll<Threshold>('thresholds', PAGES_MAX))
    } catch (error) {
      mutations.fetchFailed(String((error as Error).message))
    }
  }

  return {
    rows: computed(() => rows.value),
    changedIds: computed(() => changedIds.value),
    shownRule: computed(() => shownRule.value),
    isLoaded: computed(() => isLoaded.value),
    fault: computed(() => fault.value),
    rules,
    lines,
    ...mutations,
    fetchAll,
    nameOf,
  }
})
