import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import HeadroomTable from '@/components/HeadroomTable.vue'
import ReadingTable from '@/components/ReadingTable.vue'
import ReadingText from '@/components/ReadingText.vue'
import type { Reading } from '@/api/types'
import { speak } from '@/i18n'
import { useIndicators } from '@/stores/indicators'
import { anAlert, fakeRest, Refusal } from './fakes'

const NAMES = [
  { code: 'submissions_1s', name: { en: 'Submissions in 1 s', zh: '一秒内报撤单笔数' } },
  { code: 'cancels', name: { en: 'Cancels in the contract', zh: '当日撤单次数' } },
]
const reading = (indicator: string): Reading => ({ indicator, value: 1, cmp: 'ge', threshold: 1, unit: 'count' })
const shown = (indicator: string, rule = 'P01') => mount(ReadingText, { props: { reading: reading(indicator), rule } }).get('.indicator').text()

/** What is left of a test before speaks another language, of another store. */
enableAutoUnmount(afterEach)

beforeEach(async () => {
  fakeRest(({ path }) => (path === 'indicators' ? { next: null, results: NAMES } : { next: null, results: [] }))
  await useIndicators().fetchAll()
})

test.each([['en', 'Submissions in 1 s'], ['zh-hans', '一秒内报撤单笔数']] as const)('in %s a value is said to be of %s', (language, name) => {
  speak(language)
  expect(shown('submissions_1s')).toBe(name)
  expect(mount(ReadingTable, { props: { alert: anAlert(1) } }).text()).toContain(name)
  const row = { rule: 'P01', indicator: 'submissions_1s', unit: 'count', key: { account: 'A1' }, value: 1, warn: 240, restrict: null, limit: 300, left: 299, resets_at: null }
  const headroom = mount(HeadroomTable, { props: { rows: [row] } })
  expect(headroom.text()).toContain(name)
  expect(headroom.text()).not.toContain('submissions_1s')
})

test('figures of counters and hosts have names of their own', () => {
  speak('en')
  expect(shown('cancels', 'F02')).toBe('Cancels in the contract')
  expect(shown('cancels', 'B13.5')).toBe('Orders and cancels')
  expect(shown('disk_percent /data', 'H-DISK')).toBe('Disk /data')
})

test('what has no name shows its code, which the tip says in any case', async () => {
  expect(shown('of_a_module')).toBe('of_\u200ba_\u200bmodule')
  expect(mount(ReadingText, { props: { reading: reading('cancels'), rule: 'F02' } }).get('.indicator').attributes('title')).toBe('cancels')
  fakeRest(() => new Refusal(403))
  await useIndicators().fetchAll()
  expect(shown('cancels', 'F02')).toBe('cancels')
})
