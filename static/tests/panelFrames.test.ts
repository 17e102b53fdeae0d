import { expect, test } from 'vitest'
import { parseJson } from '@/api/json'
import type { Panel, PanelFrame } from '@/api/quoting'
import { withFrame } from '@/domain/panelFrames'
import text from './panelFrames.json?raw'

interface Case { name: string; frames: PanelFrame[]; panel: Panel }
const cases = parseJson(text) as Case[]
const played = (frames: PanelFrame[]) => frames.reduce<Panel | null>(withFrame, null)

test.each(cases)('$name: the panel is as the engine has it', ({ frames, panel }) => {
  expect(played(frames)).toEqual(panel)
})

test.each(cases)('$name: after a reconnect the whole stands for all before', ({ frames, panel }) => {
  const whole: PanelFrame = { head: panel.head, cells: panel.cells.map((cell, index) => [index, cell]), whole: 1 }
  const unseen = played(frames.slice(0, 2))
  expect([...frames.slice(0, 2), whole].reduce<Panel | null>(withFrame, null)).toEqual(panel)
  expect(withFrame(unseen, whole)).toEqual(panel)
})

test('changes of a panel that was never seen whole say nothing', () => {
  expect(withFrame(null, { cells: [[0, 64_689]] })).toBeNull()
})

test('a change of one cell leaves the others as they were, so that only it is drawn anew', () => {
  const before = played(cases[0]?.frames.slice(0, 1) ?? []) as Panel
  const after = withFrame(before, { cells: [[0, 64_690]] }) as Panel
  expect(after.cells[0]).toMatchObject({ price: 64_690, target: 64_690, published: 64_690 })
  expect(after.cells.slice(1).every((cell, at) => cell === before.cells[at + 1])).toBe(true)
  expect(after.head).toBe(before.head)
})

test('a price that goes is told as nothing', () => {
  const before = played(cases[0]?.frames ?? []) as Panel
  expect(withFrame(before, { cells: [[0, null]] })?.cells[0]).toMatchObject({ price: null, target: null, published: null })
})
