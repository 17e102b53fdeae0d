/** Which rows of a long list are on the screen. Rows all have one height. */

import { computed, onMounted, onUnmounted, ref, type Ref } from 'vue'

const SPARE_ROWS = 8

export interface RowSizes {
  rowPx: number
  /** Of the head that stays on top. */
  headPx: number
}

export function useVirtualRows(
  box: Readonly<Ref<HTMLElement | null>>,
  count: () => number,
  { rowPx, headPx }: RowSizes,
) {
  const scrollPx = ref(0)
  const heightPx = ref(600)
  const first = computed(() => Math.max(0, Math.floor(scrollPx.value / rowPx) - SPARE_ROWS))
  const last = computed(() => {
    const shown = Math.ceil((scrollPx.value + heightPx.value) / rowPx) + SPARE_ROWS
    return Math.min(count(), shown)
  })
  const fitting = computed(() => Math.max(1, Math.floor((heightPx.value - headPx) / rowPx) - 1))
  let size: ResizeObserver | undefined

  function scrolled(): void {
    scrollPx.value = box.value?.scrollTop ?? 0
  }

  function reveal(place: number): void {
    if (!box.value) return
    const top = place * rowPx
    const { scrollTop, clientHeight } = box.value
    if (top < scrollTop) box.value.scrollTop = top
    else if (headPx + top + rowPx > scrollTop + clientHeight) box.value.scrollTop = headPx + top + rowPx - clientHeight
  }

  onMounted(() => {
    if (!box.value) return
    heightPx.value = box.value.clientHeight || heightPx.value
    size = new ResizeObserver(() => (heightPx.value = box.value?.clientHeight ?? 0))
    size.observe(box.value)
  })
  onUnmounted(() => size?.disconnect())
  return { first, last, fitting, scrolled, reveal }
}
