import { expect, test } from 'vitest'
import type { Silence } from '@/api/silences'
import { covers } from '@/domain/silences'
import { anAlert } from './fakes'

const NOW_MS = 1_795_400_000_000
const ns = (ms: number) => `${ms}000000`
const silence = (matchers: Record<string, string>, changes: Partial<Silence> = {}): Silence => ({
  id: 1, matchers, reason: 'drill', owner: 'risk', starts_ns: ns(NOW_MS - 1000), ends_ns: ns(NOW_MS + 1000), ...changes,
})
const alert = anAlert(1, { rule: 'P01', level: 'limit', key: { account: 'A1' } })

test.each([
  [{ rule: 'P01' }, true],
  [{ rule: 'P01', account: 'A1', level: 'limit' }, true],
  [{ rule: 'P01', account: 'A2' }, false],
  [{ account: 'A1', contract: 'SSE:600000' }, false],
  [{ customer: 'C1' }, false],
])('a silence of %o covers it: %s', (matchers, isCovered) => {
  expect(covers(silence(matchers), alert, NOW_MS)).toBe(isCovered)
})

test('a silence covers from its begin until just before its end', () => {
  const planned = silence({ rule: 'P01' }, { starts_ns: ns(NOW_MS), ends_ns: ns(NOW_MS + 10) })
  expect([-1, 0, 9, 10].map((later) => covers(planned, alert, NOW_MS + later))).toEqual([false, true, true, false])
})
