import { expect, test } from 'vitest'
import { filterFromQuery, matches } from '@/domain/alertFilter'
import { merged, withState } from '@/domain/alertList'
import { thresholdBehind, thresholdLines } from '@/domain/thresholds'
import { aThreshold, anAlert } from './fakes'

const ids = (alerts: readonly { id: string }[]) => alerts.map(({ id }) => Number(id.split('.')[2]))

test('alerts stand newest first and each once', () => {
  const page = [anAlert(3), anAlert(2), anAlert(1)]
  expect(ids(merged(page, [anAlert(4), anAlert(2)]))).toEqual([4, 3, 2, 1])
})

test('an answer from before does not undo what was done to an alert', () => {
  const change = { id: anAlert(1).id, state: 'closed' as const, by: 'risk', at_ns: '1795400099000000000', comment: 'ok', owner: 'ops' }
  const handled = withState(anAlert(1), change)
  expect(merged([handled], [anAlert(1)])[0]?.state).toBe('closed')
  expect(merged([anAlert(1)], [handled])[0]?.handled_by).toBe('risk')
  expect(handled.owner).toBe('ops')
})

test('an empty part of the address narrows nothing', () => {
  expect(filterFromQuery({ level: 'limit', rule: '', state: ['open'], other: 'x' })).toEqual({ level: 'limit' })
})

test('an alert fits a filter only in every part', () => {
  const alert = anAlert(1, { level: 'limit' })
  expect(matches(alert, {})).toBe(true)
  expect(matches(alert, { level: 'limit', account: 'A1', state: 'open', day: '2026-11-23' })).toBe(true)
  expect(matches(alert, { level: 'limit', account: 'A' })).toBe(false)
})

test('the threshold behind a reading is that of its rule, level and indicator', () => {
  const rows = [
    aThreshold({ id: 1, level: 'limit', value: '300' }),
    aThreshold({ id: 2, rule: 'P03' }),
    aThreshold({ id: 3 }),
  ]
  const alert = anAlert(1)
  const [reading] = alert.values
  expect(reading && thresholdBehind(rows, alert, reading)?.id).toBe(3)
  expect(reading && thresholdBehind(rows, { ...alert, rule: 'X' }, reading)).toBeUndefined()
})

test('of two conditions on one indicator each reading has its own threshold', () => {
  const reading = (threshold: number) => ({ indicator: 'cancels_1d', value: 9, cmp: 'ge' as const, threshold, unit: 'ratio' })
  const values = [reading(1), { ...reading(2), unit: 'count' }, reading(3)]
  const alert = anAlert(1, { values })
  const rows = [
    aThreshold({ id: 1, indicator: 'cancels_1d', unit: 'ratio', over: 'orders_1d' }),
    aThreshold({ id: 2, indicator: 'cancels_1d', unit: 'count' }),
    aThreshold({ id: 3, indicator: 'cancels_1d', unit: 'ratio', over: 'orders_1s' }),
  ]
  expect(values.map((each) => thresholdBehind(rows, alert, each)?.id)).toEqual([1, 2, 3])
})

test('a condition is one line with its levels beside each other', () => {
  const lines = thresholdLines([aThreshold(), aThreshold({ id: 2, level: 'limit', value: '300' })])
  expect(lines).toHaveLength(1)
  expect(lines[0]?.levels.limit?.value).toBe('300')
})

test('a line of its own for each scope, with what is in force on the day', () => {
  const future = aThreshold({ id: 3, value: '200', effective_from: '2026-12-01' })
  const rows = [aThreshold(), aThreshold({ id: 2, value: '100', scope: { product: 'IF' } }), future]
  const values = (day: string) => thresholdLines(rows, day).map(({ levels }) => levels.warn?.value)
  expect(values('2026-11-23')).toEqual(['240', '100'])
  expect(values('2026-12-01')).toEqual(['200', '100'])
})

test('behind a reading stands the narrowest scope that fits', () => {
  const alert = anAlert(1, { key: { account: 'A1', contract: 'SSE:600000' } })
  const [reading] = alert.values
  const behind = (scope: Record<string, string>, value = '9') =>
    reading && thresholdBehind([aThreshold(), aThreshold({ id: 2, scope, value })], alert, reading)?.id
  expect(behind({ account: 'A1' })).toBe(2)
  expect(behind({ account: 'A2' })).toBe(1)
  expect(behind({ exchange: 'SSE' })).toBe(2)
  expect(behind({ exchange: 'SZSE' })).toBe(1)
  expect(behind({ product: 'IF' })).toBe(1)
  expect(behind({ product: 'IF' }, String(reading?.threshold))).toBe(2)
})
