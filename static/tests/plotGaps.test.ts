import { expect, test } from 'vitest'
import { withGaps } from '@/domain/plotGaps'

test('rows up to five seconds apart are one line, those further apart are two', () => {
  expect(withGaps([[1, 10], [6, 20]], 1)).toEqual([[1, 6], [10, 20]])
  expect(withGaps([[1, 10, 1], [7, 20, 2]], 2)).toEqual([[1, 2, 7], [10, null, 20], [1, null, 2]])
  expect(withGaps([], 2)).toEqual([[], [], []])
})
