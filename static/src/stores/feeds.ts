/** What order feeds hear: their TCP sessions, and the problems with them. */

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { FeedProblem, FeedProblems, Sessions } from '@/api/types'
import { fitsProblem, type ProblemFilter } from '@/domain/flowFilter'
import { newestFirst, unknownOf } from '@/domain/flowList'
import { pagedList } from './pagedList'

export const PROBLEM_ROWS_MAX = 5_000

export const useFeeds = defineStore('feeds', () => {
  const sessions = shallowRef<Sessions | null>(null)
  const problems = pagedList<FeedProblem>('problems', PROBLEM_ROWS_MAX)
  let filter: ProblemFilter | null = null

  function sessionsArrived(arrived: Sessions): void {
    sessions.value = arrived
  }

  async function showProblems(wanted: ProblemFilter): Promise<void> {
    filter = wanted
    await problems.show({ ...wanted })
  }

  /** Those that came since the last time; if there may be more of them, all is fetched again. */
  function problemsArrived({ newest }: FeedProblems): void {
    if (filter === null || problems.loading.value === 'first') return
    const { rows } = problems
    const fresh = unknownOf(rows.value, newest)
    const hasMissed = fresh.length === newest.length && newest.length > 0 && Object.keys(filter).length === 0
    if (hasMissed) return void showProblems(filter)
    const fitting = fresh.filter((problem) => fitsProblem(problem, filter ?? {}))
    const oldest = rows.value.at(-1)
    rows.value = newestFirst(
      rows.value,
      oldest && problems.next.value !== null ? fitting.filter(({ at_ns }) => at_ns >= oldest.at_ns) : fitting,
      ({ at_ns }) => at_ns,
      PROBLEM_ROWS_MAX,
    )
  }

  function leaveProblems(): void {
    filter = null
  }

  return { sessions, problems, sessionsArrived, showProblems, problemsArrived, leaveProblems }
})
