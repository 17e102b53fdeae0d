import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, test } from 'vitest'
import type { BusinessNews, MetricThreshold } from '@/api/business'
import type { SystemThreshold } from '@/api/hosts'
import type { Alert, Reading } from '@/api/types'
import ThresholdNow from '@/components/ThresholdNow.vue'
import { useBusiness } from '@/stores/business'
import { useHosts } from '@/stores/hosts'
import { useThresholds } from '@/stores/thresholds'
import { anAlert, aThreshold } from './fakes'

const words = { name: { en: '', zh: '' }, advice: { en: '', zh: '' } }
const system = (more: Partial<SystemThreshold>): SystemThreshold => ({
  ...words, id: 1, metric: 'disk_percent', host: '', subject: '', warn: '80', limit: '90', clear: null, for_seconds: 0, runbook: '', cmp: 'ge',
  unit: 'percent', subject_kind: 'disk', is_magnitude: false, rule: 'SYS-DISK', ...more,
})
const metric = (more: Partial<MetricThreshold>): MetricThreshold => ({
  ...words, id: 1, metric: 'funds', exchange: '', account: '', symbol: '', monitoring: '80', risk: '100', cmp: 'ge', unit: 'percent', source_note: '', rule: 'B13.4', ...more,
})
const reading = (indicator: string, threshold: string): Reading => ({ indicator, value: '95', cmp: 'ge', threshold, unit: 'percent' })

function now(alert: Partial<Alert>, judgedBy: Reading): string {
  return mount(ThresholdNow, { props: { alert: anAlert(1, { ...alert, values: [judgedBy] }), reading: judgedBy } }).text()
}

describe('of an alert about a host', () => {
  const alert: Partial<Alert> = { rule: 'SYS-DISK', level: 'limit', key: { host: 'db1', disk: '/data' } }
  const ofDisk = reading('disk_percent', '90')

  test('is not known before the thresholds are', () => expect(now(alert, ofDisk)).toBe('–'))

  test('is that of the most specific row, at its own level', () => {
    useHosts().thresholdsFetched([system({}), system({ id: 2, subject: '/data', warn: '60', limit: '70' }), system({ id: 3, subject: '/', limit: '50' })])
    expect(now(alert, ofDisk)).toMatch(/^≥ 70\s%\s+changed since$/)
    expect(now({ ...alert, level: 'warn' }, reading('disk_percent', '60'))).toMatch(/^≥ 60\s%$/)
  })

  test('is removed where no row is for it, or has none of its level', () => {
    useHosts().thresholdsFetched([system({ subject: '/' })])
    expect(now(alert, ofDisk)).toBe('removed since')
    useHosts().thresholdsChanged([system({ limit: null })], [])
    expect(now(alert, ofDisk)).toBe('removed since')
    useHosts().thresholdsChanged([system({})], [])
    expect(now(alert, ofDisk)).toMatch(/^≥ 90\s%$/)
  })
})

describe('of an alert about a business figure', () => {
  const figure = { metric: 'funds', exchange: 'CFFEX', account: 'F1', symbol: '', value: '95', cmp: 'ge', unit: 'percent', as_of_ns: '1', details: {} } as const
  const alert: Partial<Alert> = { rule: 'B13.4', level: 'warn', key: { account: 'F1' } }

  beforeEach(() => useBusiness().figuresArrived({ trading_day: '2026-11-23', sources: {}, count: 1, results: [figure] } as unknown as BusinessNews))

  test('is not known before the thresholds are', () => expect(now(alert, reading('funds', '80'))).toBe('–'))

  test('is that of the figure, whose exchange the alert does not name', () => {
    useBusiness().thresholdsChanged([metric({}), metric({ id: 2, exchange: 'CFFEX', monitoring: '85' }), metric({ id: 3, exchange: 'SSE', monitoring: '70' })])
    expect(now(alert, reading('funds', '80'))).toMatch(/^≥ 85\s%\s+changed since$/)
    expect(now({ ...alert, level: 'limit' }, reading('funds', '100'))).toMatch(/^≥ 100\s%$/)
  })

  test('is that it was judged by where an account has figures at several exchanges', () => {
    useBusiness().figuresArrived({ trading_day: '2026-11-23', sources: {}, count: 2, results: [figure, { ...figure, exchange: 'SSE' }] } as unknown as BusinessNews)
    useBusiness().thresholdsChanged([metric({ id: 2, exchange: 'CFFEX', monitoring: '85' }), metric({ id: 3, exchange: 'SSE', monitoring: '70.0' })])
    expect(now(alert, reading('funds', '70'))).toMatch(/^≥ 70\s%$/)
  })

  test('is found by its contract where there is no figure any more', () => {
    useBusiness().thresholdsChanged([metric({}), metric({ id: 2, exchange: 'CFFEX', symbol: 'IF2612', monitoring: '60' })])
    expect(now({ ...alert, key: { account: 'F9', contract: 'CFFEX:IF2612' } }, reading('funds', '60'))).toMatch(/^≥ 60\s%$/)
  })

  test('is removed where no row is for it', () => {
    useBusiness().thresholdsChanged([metric({ account: 'F2' })])
    expect(now(alert, reading('funds', '80'))).toBe('removed since')
  })
})

test('of a rule whose indicator is named as a metric is that of the rule', () => {
  useBusiness().thresholdsChanged([metric({ metric: 'cancels', rule: 'B13.5' })])
  useThresholds().allFetched([aThreshold({ rule: 'F02', indicator: 'cancels', level: 'warn', cmp: 'ge', unit: 'count', value: '400' })])
  expect(now({ rule: 'F02', level: 'warn' }, { ...reading('cancels', '400'), unit: 'count' })).toMatch(/^≥ 400/)
})

test('of a rule it is said that it was removed only when all are known', () => {
  const { values, rule, level } = anAlert(1)
  const [judgedBy] = values
  if (!judgedBy) throw new Error('an alert has a reading')
  expect(now({ rule, level }, judgedBy)).toBe('–')
  useThresholds().allFetched([aThreshold({ rule: 'ANOTHER' })])
  expect(now({ rule, level }, judgedBy)).toBe('removed since')
})

test('of a module it is not known', () => {
  useThresholds().allFetched([])
  expect(now({ rule: 'MOD-x-y', key: { module: 'x' } }, reading('y', '80'))).toBe('–')
})
