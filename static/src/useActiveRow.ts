/** A long list in a grid: the grid has the focus, one row is active, and keys lead from row to row. */

import { computed, ref, watch, type Ref } from 'vue'
import { placeAfter } from './domain/rowSteps'
import { useVirtualRows, type RowSizes } from './useVirtualRows'

/** A row that leaves the screen is filled anew instead of built anew; more than fit on any screen. */
export const POOL = 256

export interface Heard<Row> {
  /** The last row is drawn. */
  ended: () => void
  activated?: (row: Row) => void
}

export function useActiveRow<Row extends { id: string }>(
  box: Readonly<Ref<HTMLElement | null>>,
  rows: () => readonly Row[],
  sizes: RowSizes,
  { ended, activated }: Heard<Row>,
) {
  const { first, last, fitting, scrolled, reveal } = useVirtualRows(box, () => rows().length, sizes)
  const activeId = ref('')
  const active = computed(() => rows().findIndex(({ id }) => id === activeId.value))
  const slice = computed(() => rows().slice(first.value, last.value))
  const isDrawn = computed(() => active.value >= first.value && active.value < last.value)

  watch([last, () => rows().length], () => {
    if (rows().length > 0 && last.value >= rows().length) ended()
  })
  watch(() => rows().length > 0, () => {
    if (document.activeElement === box.value) focused()
  })

  function activate(place: number): void {
    const row = rows()[place]
    if (!row) return
    activeId.value = row.id
    reveal(place)
    activated?.(row)
  }

  function focused(): void {
    if (active.value < 0) activate(0)
  }

  /** Whether the key is one of those that lead to a row. */
  function stepped(key: string): boolean {
    const place = placeAfter(key, active.value, { count: rows().length, page: fitting.value })
    if (place === undefined) return false
    activate(place)
    return true
  }

  return { first, slice, activeId, active, isDrawn, scrolled, focused, stepped }
}
