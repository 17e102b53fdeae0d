import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import type { Params } from '@/api/http'
import ExportButton from '@/components/ExportButton.vue'
import { i18n } from '@/i18n'
import { fakeRest, Refusal, type Asked } from './fakes'

let saved: { name: string; text: Promise<string> }[]
let asked: Asked[]
const content = new Map<string, Blob>()

const file = (rows: number, isCut: boolean) =>
  new Response('the file', { headers: { 'X-Export-Rows': String(rows), 'X-Export-Cut': String(isCut) } })
const part = (page: VueWrapper, name: string) => page.find(`[data-testid="${name}"]`)

function shown(filter: Params): VueWrapper {
  return mount(ExportButton, { props: { list: 'orders', filter } })
}

async function pressed(page: VueWrapper, kind: 'csv' | 'xlsx'): Promise<void> {
  await part(page, `export-${kind}`).trigger('click')
  await flushPromises()
}

beforeEach(() => {
  saved = []
  URL.createObjectURL = (blob) => {
    content.set('blob:1', blob as Blob)
    return 'blob:1'
  }
  URL.revokeObjectURL = () => undefined
  HTMLAnchorElement.prototype.click = function () {
    saved.push({ name: this.download, text: content.get(this.href)?.text() ?? Promise.resolve('') })
  }
  asked = fakeRest(() => file(12, false))
})

enableAutoUnmount(afterEach)

test.each(['csv', 'xlsx'] as const)('what is filtered is saved as %s', async (kind) => {
  const page = shown({ account: 'A1', day: '2026-11-23', symbol: undefined })
  await pressed(page, kind)
  expect(asked.map(({ path }) => path)).toEqual(['orders/export'])
  expect(Object.fromEntries(asked[0]?.params ?? [])).toEqual({ account: 'A1', day: '2026-11-23', kind })
  expect(saved.map(({ name }) => name)).toEqual([`orders-A1-2026-11-23.${kind}`])
  expect(await saved[0]?.text).toBe('the file')
  expect(part(page, 'exported').text()).toBe('12 rows exported')
})

test('a file that was cut says so on the page and in its name', async () => {
  asked = fakeRest(() => file(50_000, true))
  const page = shown({})
  await pressed(page, 'csv')
  expect(saved.map(({ name }) => name)).toEqual(['orders-all-first-50000.csv'])
  expect(part(page, 'exported').text()).toBe('Only the newest 50,000 rows are in the file. Narrow the filter.')
})

test('another filter forgets what was said about the last', async () => {
  const page = shown({})
  await pressed(page, 'csv')
  await page.setProps({ filter: { account: 'A2' } })
  expect(part(page, 'exported').text()).toBe('')
})

test('a refusal is said, and nothing is saved', async () => {
  fakeRest(() => new Refusal(429, 'Others are being exported just now.'))
  const page = shown({})
  await pressed(page, 'xlsx')
  expect(page.find('[role="alert"]').text()).toBe('Others are being exported just now.')
  expect(saved).toEqual([])
  expect(part(page, 'export-csv').exists()).toBe(true)
})

test('while a file is written it can be stopped, and stopping is no fault', async () => {
  globalThis.fetch = (_, init) =>
    new Promise((_, refuse) => init?.signal?.addEventListener('abort', () => refuse(new Error('aborted'))))
  const page = shown({})
  await pressed(page, 'xlsx')
  expect(part(page, 'export-stop').text()).toBe('Stop writing XLSX (0 s)')
  expect(part(page, 'export-csv').exists()).toBe(false)
  await part(page, 'export-stop').trigger('click')
  await flushPromises()
  expect(part(page, 'export-csv').exists()).toBe(true)
  expect(page.find('[role="alert"]').exists()).toBe(false)
  expect(saved).toEqual([])
})

test('it speaks both languages, also of what is done', async () => {
  i18n.global.locale.value = 'zh'
  const page = shown({})
  expect(page.find('[role="group"]').attributes('aria-label')).toBe('导出筛选结果')
  await pressed(page, 'csv')
  expect(page.text()).toContain('已导出 12 行')
  i18n.global.locale.value = 'en'
  await nextTick()
  expect(page.text()).toContain('12 rows exported')
})
