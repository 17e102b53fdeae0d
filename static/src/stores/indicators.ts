/** What indicators are called, in both languages: values are sent with their codes. */

import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { getAll } from '@/api/pages'
import type { Bilingual } from '@/api/types'

const PAGES_MAX = 20

export interface IndicatorName {
  code: string
  name: Bilingual
}

export const useIndicators = defineStore('indicators', () => {
  const names = shallowRef<ReadonlyMap<string, Bilingual>>(new Map())

  function allFetched(fetched: readonly IndicatorName[]): void {
    names.value = new Map(fetched.map(({ code, name }) => [code, Object.freeze({ ...name })]))
  }

  /** Without names there are still the codes. */
  async function fetchAll(): Promise<void> {
    try {
      allFetched(await getAll<IndicatorName>('indicators', PAGES_MAX))
    } catch {
      names.value = new Map()
    }
  }

  return { names: computed(() => names.value), allFetched, fetchAll }
})
