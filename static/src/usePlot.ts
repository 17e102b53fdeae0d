/** A plot that fills its box, in the theme and language chosen. The plotting code comes when it is first needed. */
import type uPlot from 'uplot'
import { onMounted, onUnmounted, watch, type ShallowRef, type WatchSource } from 'vue'
import { useSettings } from '@/stores/settings'
import { useWords } from '@/useWords'

export type Ink = (name: string) => string

interface Drawn {
  box: Readonly<ShallowRef<HTMLElement | null>>
  /** Of the legend below it, where the box has a height of its own. */
  legendPx?: number
  /** Without the legend, where the box is as high as both. */
  heightPx?: number
  /** Colours of the theme by name, and what all axes share. */
  options: (ink: Ink, axis: uPlot.Axis) => Omit<uPlot.Options, 'width' | 'height'>
  columns: () => uPlot.AlignedData
  /** What changes the figures only. */
  figures?: WatchSource
  /** What also changes what is drawn. */
  shape?: WatchSource[]
}

export function usePlot({ box, legendPx = 0, heightPx, options, columns, figures, shape = [] }: Drawn): void {
  const settings = useSettings()
  const { locale } = useWords()
  let plot: uPlot | undefined
  let resized: ResizeObserver | undefined

  function ink(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  }

  const size = (within: HTMLElement) => ({ width: within.clientWidth, height: heightPx ?? within.clientHeight - legendPx })

  async function draw(): Promise<void> {
    const { default: Plot } = await import('uplot')
    plot?.destroy()
    if (!box.value) return
    const axis = { stroke: ink('--quiet'), grid: { stroke: ink('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui' }
    plot = new Plot({ ...options(ink, axis), ...size(box.value) }, columns(), box.value)
  }

  onMounted(() => {
    void draw()
    resized = new ResizeObserver(() => box.value && plot?.setSize(size(box.value)))
    if (box.value) resized.observe(box.value)
  })
  onUnmounted(() => {
    resized?.disconnect()
    plot?.destroy()
  })
  if (figures) watch(figures, () => plot?.setData(columns()))
  watch([...shape, () => settings.theme, locale], () => void draw(), { flush: 'post' })
}
