/** Parameter packs: the list, and one of them with its lines beside what stands. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { getPack, postPack, postPackDecision, type Pack, type PackDecision, type Upload, type WholePack } from '@/api/packs'
import { pagedList } from './pagedList'

export const PACK_ROWS_MAX = 1_000

export const usePacks = defineStore('packs', () => {
  const list = pagedList<Pack>('parameter-packs', PACK_ROWS_MAX)
  const opened = shallowRef<WholePack | null>(null)
  const fault = ref('')
  let wantedId = 0

  async function open(id: number): Promise<void> {
    wantedId = id
    fault.value = ''
    if (opened.value?.id !== id) opened.value = null
    try {
      const pack = await getPack(id)
      if (wantedId === id) opened.value = pack
    } catch (error) {
      if (wantedId === id) fault.value = (error as Error).message
    }
  }

  function leave(): void {
    wantedId = 0
    opened.value = null
    fault.value = ''
  }

  /** What others have brought in or decided meanwhile. */
  async function look(): Promise<void> {
    await list.refresh()
    const listed = list.rows.value.find(({ id }) => id === wantedId)
    if (listed && opened.value?.id === listed.id && opened.value.state !== listed.state) await open(listed.id)
  }

  async function bring(upload: Upload): Promise<WholePack> {
    const pack = await postPack(upload)
    void list.refresh()
    return pack
  }

  async function decide(id: number, decision: PackDecision, reason: string): Promise<void> {
    opened.value = await postPackDecision(id, decision, reason)
    void list.refresh()
  }

  return { list, opened, fault, open, leave, look, bring, decide }
})
