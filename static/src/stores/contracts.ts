/**
 * Contract reference data, shared by every component that names a contract.
 * Only the mutations write the state: synchronous, named, committed by actions.
 */

import { defineStore } from 'pinia'
import { computed, readonly, ref, shallowRef } from 'vue'
import { pages } from '@/api/pages'
import type { Contract } from '@/api/types'

const PAGES_MAX = 200

export const useContracts = defineStore('contracts', () => {
  const byCode = shallowRef<ReadonlyMap<string, Contract>>(new Map())
  const isLoaded = ref(false)
  const fault = ref('')

  const mutations = {
    pageFetched(contracts: readonly Contract[]): void {
      const entries = contracts.map((each) => [codeOf(each), Object.freeze({ ...each })] as const)
      byCode.value = new Map([...byCode.value, ...entries])
    },
    allFetched(): void {
      isLoaded.value = true
      fault.value = ''
    },
    fetchFailed(words: string): void {
      fault.value = words
    },
  }

  async function fetchAll(): Promise<void> {
    try {
      for await (const page of pages<Contract>('contracts', {}, PAGES_MAX)) mutations.pageFetched(page)
      mutations.allFetched()
    } catch (error) {
      mutations.fetchFailed(String((error as Error).message))
    }
  }

  /** The name of `SSE:600519`, if that is known and says more than its symbol. */
  function nameOf(code: string): string | undefined {
    const contract = byCode.value.get(code)
    return contract && contract.name !== contract.symbol ? contract.name : undefined
  }

  return {
    byCode: computed(() => readonly(byCode.value)),
    isLoaded: computed(() => isLoaded.value),
    fault: computed(() => fault.value),
    ...mutations,
    fetchAll,
    nameOf,
  }
})

function codeOf({ exchange, symbol }: Contract): string {
  return `${exchange}:${symbol}`
}
