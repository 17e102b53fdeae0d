/** What this page has judged beyond a threshold: prompted at once where it is news, withdrawn when it is over. */

import { defineStore } from 'pinia'
import type { Alert } from '@/api/types'
import { breachOf, isGraver } from '@/domain/breaches'
import { usePrompts } from './prompts'
import { useSilences } from './silences'

/** By figure; null is quiet. What is not named is not known. */
export type Judgements = ReadonlyMap<string, Alert | null>

export const useBreaches = defineStore('breaches', () => {
  const standing = new Map<string, Alert>()

  /** What the server has judged by the same thresholds already it prompts itself. */
  function judged(found: Judgements, mayPrompt: (figure: string) => boolean): void {
    for (const [figure, now] of found) {
      const before = standing.get(figure)
      if (before && (!now || breachOf(now) !== breachOf(before))) usePrompts().withdraw(breachOf(before))
      if (now && isGraver(now.level, before?.level) && mayPrompt(figure) && !useSilences().cover(now)) usePrompts().raise(now)
      if (now) standing.set(figure, now)
      else standing.delete(figure)
    }
  }

  return { judged }
})
