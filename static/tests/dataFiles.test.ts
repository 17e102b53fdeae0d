import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { DataFile, DataMapping } from '@/api/dataFiles'
import { base64, columnsOf, mayComeAgain, renewed, shareOf } from '@/domain/dataFiles'
import DataFilesPage from '@/pages/DataFilesPage.vue'
import { useDataFiles } from '@/stores/dataFiles'
import { useSession } from '@/stores/session'
import { fakeRest, Refusal, type Asked } from './fakes'

function aFile(given: Partial<DataFile> = {}): DataFile {
  return {
    id: 1, name: 'contracts.csv', size: 2_048, sha256: 'ab'.repeat(32), mapping: 'contracts', state: 'refused', found_ns: '1795420800000000000' as never,
    begun_ns: null, ended_ns: null, rows_total: 4, rows_checked: 4, created: 0, updated: 0, unchanged: 0, rejects_total: 1, code: 'rejects',
    reason: { en: '1 values are refused', zh: '1 个值被拒绝' }, is_kept: true, asked_by: '', ...given,
  }
}

const MAPPING: DataMapping = {
  name: 'contracts', is_active: true, target: 'contracts', pattern: 'contracts*.csv', format: 'csv', mode: 'upsert', note: '',
  columns: [{ field: 'symbol', column: '代码', constant: '' }, { field: 'exchange', column: '', constant: 'SZSE' }],
}
const FOLDER = { folder: '/srv/reports/in', bytes_max: 33_554_432, rows_max: 50_000, upload_bytes_max: 10, mappings: [MAPPING] }

let asked: Asked[]
let files: DataFile[]

async function page(permissions: string[], path = '/app/data-files') {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'ops', roles: ['ops'], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/app/data-files/:id(\\d+)?', name: 'dataFiles', component: DataFilesPage }] })
  await router.push(path)
  const mounted = mount(DataFilesPage, { global: { plugins: [router] }, attachTo: document.body })
  await flushPromises()
  return mounted
}

beforeEach(() => {
  files = [aFile()]
  const answers: Record<string, () => unknown> = {
    'GET data-files': () => ({ next: null, results: files }),
    'GET data-files/folder': () => FOLDER,
    'GET data-files/1': () => files[0],
    'GET data-files/1/rejects': () => ({ next: null, results: [{ id: 7, row: 3, column: '最小价差', code: 'not_a_number', value: 'much', reason: { en: 'It is no number.', zh: '不是数字。' } }] }),
    'POST data-files/1/again': () => ({ ...files[0], state: 'waiting', rejects_total: 0 }),
  }
  asked = fakeRest(({ method, path }) => answers[`${method} ${path}`]?.() ?? new Refusal(404))
})

test('a refused file shows every refused value with its row, column and reason', async () => {
  const mounted = await page(['monitoring.view_datafile'], '/app/data-files/1')
  const text = mounted.find('table.data-rejects').text()
  for (const part of ['3', '最小价差', 'much', 'It is no number.']) expect(text).toContain(part)
  expect(mounted.find('[data-testid=again]').exists()).toBe(false)
  mounted.unmount()
})

test('who may is offered to take it in again', async () => {
  const mounted = await page(['monitoring.view_datafile', 'monitoring.change_datafile'], '/app/data-files/1')
  await mounted.find('[data-testid=again]').trigger('click')
  await flushPromises()
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toContain('POST data-files/1/again')
  expect(useDataFiles().opened?.state).toBe('waiting')
  mounted.unmount()
})

test('an empty list says which folder and the mappings stand below', async () => {
  files = []
  const mounted = await page(['monitoring.view_datafile'])
  expect(mounted.text()).toContain('/srv/reports/in')
  expect(mounted.find('table.data-mappings').text()).toContain('代码 → symbol')
  mounted.unmount()
})

test('a role without the permission asks for nothing', async () => {
  const mounted = await page([])
  expect(mounted.find('.notice').exists()).toBe(true)
  expect(asked.filter(({ path }) => path.startsWith('data-files'))).toEqual([])
  mounted.unmount()
})

test('progress is that of the topic, and a new file fetches the list', async () => {
  const mounted = await page(['monitoring.view_datafile'])
  const data = useDataFiles()
  data.arrived({ as_of_ns: '1' as never, waiting: 0, files: [aFile({ state: 'checking', rows_checked: 1 })] })
  await flushPromises()
  expect(mounted.find('progress').attributes('value')).toBe('0.25')
  const before = asked.length
  files = [aFile({ id: 2 }), aFile()]
  data.arrived({ as_of_ns: '2' as never, waiting: 0, files })
  await flushPromises()
  expect(asked.length).toBe(before + 1)
  expect(data.files.rows).toHaveLength(2)
  mounted.unmount()
})

test('what a file is and what may be done with it', () => {
  expect(shareOf(aFile({ rows_total: null }))).toBeNull()
  expect(shareOf(aFile({ rows_checked: 1 }))).toBe(0.25)
  expect(mayComeAgain(aFile({ is_kept: false }))).toBe(false)
  expect(mayComeAgain(aFile({ state: 'known' }))).toBe(false)
  expect(renewed([aFile()], [aFile({ id: 9 })])).toBeNull()
  expect(columnsOf(MAPPING)).toEqual(['代码 → symbol', '“SZSE” → exchange'])
  expect(base64(new TextEncoder().encode('编'))).toBe('57yW')
})

