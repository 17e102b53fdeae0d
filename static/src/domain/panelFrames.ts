/** A panel from frames: whole once, then what has changed, as quoting/domain/panel_frame.py says it. */

import type { CellFields, Panel, PanelHead, PanelFrame } from '@/api/quoting'

/** What moves together where a price that stands is replaced by another. */
const PRICE_FIELDS = ['price', 'target', 'published'] as const

/** Null while nothing whole has come: changes of something unknown say nothing. */
export function withFrame(panel: Panel | null, frame: PanelFrame): Panel | null {
  if (frame.whole) {
    return { head: frame.head as PanelHead, cells: (frame.cells ?? []).map(([, fields]) => fields as CellFields) }
  }
  if (panel === null) return null
  const head = frame.head ? { ...panel.head, ...frame.head } : panel.head
  if (!frame.cells?.length) return { head, cells: panel.cells }
  const cells = [...panel.cells]
  for (const [index, change] of frame.cells) {
    const cell = cells[index]
    if (cell) cells[index] = { ...cell, ...fieldsOf(change) }
  }
  return { head, cells }
}

function fieldsOf(change: Partial<CellFields> | number | null): Partial<CellFields> {
  if (change !== null && typeof change === 'object') return change
  return Object.fromEntries(PRICE_FIELDS.map((name) => [name, change]))
}
