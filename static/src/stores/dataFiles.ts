/** Data files: the list, one that is looked at with its refused values, the folder and its mappings. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { bringFile, getFile, getFolder, takeAgain, type DataFile, type DataFolder, type DataNews, type DataReject } from '@/api/dataFiles'
import { base64, renewed } from '@/domain/dataFiles'
import { pagedList } from './pagedList'

const FILES_MAX = 1_000
const REJECTS_MAX = 1_000

const rejectsOf = (id: number) => pagedList<DataReject>(`data-files/${id}/rejects`, REJECTS_MAX)

export const useDataFiles = defineStore('dataFiles', () => {
  const files = pagedList<DataFile>('data-files', FILES_MAX)
  const folder = shallowRef<DataFolder | null>(null)
  const opened = shallowRef<DataFile | null>(null)
  const rejects = ref<ReturnType<typeof rejectsOf> | null>(null)
  const waiting = ref(0)
  const fault = ref('')
  const isRefused = ref(false)

  function arrived(told: DataNews): void {
    waiting.value = told.waiting
    const rows = renewed(files.rows.value, told.files)
    if (rows) files.rows.value = rows
    else void files.refresh()
    const mine = told.files.find(({ id }) => id === opened.value?.id)
    if (mine) show(mine)
  }

  function refused(): void {
    isRefused.value = true
  }

  async function look(): Promise<void> {
    try {
      folder.value = await getFolder()
      fault.value = ''
    } catch (error) {
      fault.value = (error as Error).message
    }
  }

  async function open(id: number): Promise<void> {
    rejects.value = null
    opened.value = files.rows.value.find((each) => each.id === id) ?? null
    const found = await getFile(id)
    opened.value = null
    show(found)
  }

  function leave(): void {
    opened.value = null
    rejects.value = null
  }

  /** Refused values are fetched once the file has been refused. */
  function show(file: DataFile): void {
    const before = opened.value
    opened.value = file
    if (before?.state === file.state && before.id === file.id) return
    rejects.value = file.rejects_total > 0 ? rejectsOf(file.id) : null
    void rejects.value?.show({})
  }

  async function again(id: number): Promise<void> {
    const file = await takeAgain(id)
    show(file)
    await files.refresh()
  }

  async function bring(file: File): Promise<void> {
    await bringFile(file.name, base64(new Uint8Array(await file.arrayBuffer())))
  }

  return { files, folder, opened, rejects, waiting, fault, isRefused, arrived, refused, look, open, leave, again, bring }
})
