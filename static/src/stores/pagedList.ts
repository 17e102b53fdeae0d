/** A list by cursor: its first page, and older ones as they are wanted. */

import { ref, shallowRef } from 'vue'
import { getPage } from '@/api/pages'

export function pagedList<Row>(path: string, rowsMax: number) {
  const rows = shallowRef<readonly Row[]>([])
  const next = ref<string | null>(null)
  const loading = ref<'first' | 'older' | null>(null)
  const fault = ref('')
  let filter: Record<string, string | undefined> = {}
  let fetching = new AbortController()

  async function show(wanted: Record<string, string | undefined>): Promise<void> {
    filter = wanted
    rows.value = []
    next.value = null
    await fetchPage('first')
  }

  async function older(): Promise<void> {
    const mayGrow = next.value !== null && rows.value.length < rowsMax
    if (mayGrow && loading.value === null) await fetchPage('older')
  }

  /** As `refresh`, also while a page is on its way, which may have been read too early. */
  async function reread(): Promise<void> {
    await (loading.value === null ? refresh() : fetchPage('first'))
  }

  /** The first page anew, in place of what is shown. */
  async function refresh(): Promise<void> {
    if (loading.value !== null) return
    const { signal } = fetching
    try {
      const page = await getPage<Row>(path, filter, signal)
      if (loading.value !== null || signal.aborted) return
      rows.value = page.results
      next.value = page.next
    } catch (error) {
      if (!signal.aborted) fault.value = (error as Error).message
    }
  }

  async function fetchPage(which: 'first' | 'older'): Promise<void> {
    fetching.abort()
    const { signal } = (fetching = new AbortController())
    loading.value = which
    try {
      const cursor = which === 'older' ? (next.value ?? undefined) : undefined
      const page = await getPage<Row>(path, { ...filter, cursor }, signal)
      rows.value = which === 'first' ? page.results : [...rows.value, ...page.results]
      next.value = page.next
      fault.value = ''
    } catch (error) {
      if (!signal.aborted) fault.value = (error as Error).message
    } finally {
      if (!signal.aborted) loading.value = null
    }
  }

  return { rows, next, loading, fault, show, older, refresh, reread }
}
