/** Silences in force: what they cover is shown and prompts nobody. */

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { getActiveSilences, type Silence } from '@/api/silences'
import type { Alert } from '@/api/types'
import { covers } from '@/domain/silences'
import { useSession } from './session'

export const useSilences = defineStore('silences', () => {
  const silences = shallowRef<readonly Silence[]>([])

  async function fetchActive(): Promise<void> {
    if (useSession().can('monitoring.view_silence')) silences.value = await getActiveSilences()
  }

  /** Made, begun, about to end, ended: its times say which. */
  function changed(silence: Silence): void {
    silences.value = [...silences.value.filter(({ id }) => id !== silence.id), silence]
  }

  function cover(alert: Alert): boolean {
    return silences.value.some((each) => covers(each, alert, Date.now()))
  }

  return { silences, fetchActive, changed, cover }
})
