import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { ElDatePicker } from 'element-plus'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { PackLine, WholePack } from '@/api/packs'
import { base64, csvRows, decodedCsv, isPackFile, rowFaults } from '@/domain/packs'
import { receivers } from '@/live/receivers'
import RulesPage from '@/pages/RulesPage.vue'
import { useConnection } from '@/stores/connection'
import { usePacks } from '@/stores/packs'
import { useSession } from '@/stores/session'
import { fakeRest, FakeWire, settled, type Asked } from './fakes'

const EVERYTHING = ['view_rule', 'view_parameterpack', 'add_parameterpack', 'approve_parameterpack'].map((name) => `monitoring.${name}`)
const CSV = 'rule,condition,level,value\nP01,submissions_1s,warn,200\nP01,submissions_1s,red,1\n'
let router: Router
let asked: Asked[]

const aLine = (number: number, changes: Partial<PackLine> = {}): PackLine => ({
  number, rule: 'P01', condition: 'submissions_1s', title: 'orders a second', level: 'warn', scope: {}, whom: 'all',
  effective_from: '2026-12-01', old: '240', new: '200', kind: 'changed', source_note: '', ...changes,
})

const aPack = (changes: Partial<WholePack> = {}): WholePack => ({
  id: 7, name: 'December', effective_from: '2026-12-01', note: 'a notice', state: 'draft', author: 'wang', created_at: '2026-11-23T01:30:00Z',
  decided_by: null, decided_at: null, reason: '', line_count: 2, lines: [aLine(2), aLine(3, { kind: 'added', old: null, new: '1' })], counts: { changed: 1, added: 1 }, ...changes,
})

function problem(status: number, errors: object[]): Response {
  return new Response(JSON.stringify({ title: 'no', status, detail: 'The file does not fit.', errors }), { status })
}

function answering(packs: WholePack[], refusal?: Response): void {
  asked = fakeRest(({ method, path }) => {
    if (method === 'POST') return refusal ?? { ...aPack(), state: path.endsWith('/reject') ? 'rejected' : 'applied', decided_by: 'risk' }
    return path === 'parameter-packs' ? { next: null, results: packs } : packs[0]
  })
}

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

async function shown(path = '/app/rules/packs'): Promise<VueWrapper> {
  await router.push(path)
  const page = mount(RulesPage, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return page
}

beforeEach(async () => {
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/app/rules/:part(packs|backtests|headroom)?/:id?', name: 'rules', component: RulesPage }] })
  await logIn(EVERYTHING)
  useConnection().start(receivers(), () => new FakeWire())
  answering([aPack()])
})

test('a fault stands beside its row of the file', () => {
  const found = rowFaults([{ field: '3.level', code: 'refused', detail: 'no level' }, { field: 'content', code: 'unreadable', detail: 'no text' }], csvRows(CSV))
  expect(found).toEqual([
    { number: 3, column: 'level', detail: 'no level', row: 'P01,submissions_1s,red,1' },
    { number: null, column: '', detail: 'no text', row: '' },
  ])
})

test('a quoted line break belongs to its row, whatever ends the lines', () => {
  const rows = csvRows('a,b\r\n1,"x\ny, ""z"""\r\n\r\n2,w')
  expect([...rows.values()]).toEqual(['a,b', '1,"x\ny, ""z"""', '', '2,w'])
})

test('bytes of either encoding are read, and sent as they are', () => {
  const gbk = new Uint8Array([0xb9, 0xe6, 0xd4, 0xf2])
  expect(decodedCsv(new TextEncoder().encode('规则').buffer as ArrayBuffer)).toBe('规则')
  expect(decodedCsv(gbk.buffer)).toBe('规则')
  expect(base64(gbk.buffer)).toBe('uebU8g==')
  expect(base64(new Uint8Array(100_000).buffer)).toHaveLength(133_336)
})

test.each([['a.csv', true], ['B.XLSX', true], ['c.json', true], ['d.pdf', false], ['csv', false]])('%s is a pack: %s', (name, expected) => {
  expect(isPackFile(name)).toBe(expected)
})

test('a pack shows each line beside what stands, and another approves it', async () => {
  const page = await shown('/app/rules/packs/7')
  expect(page.findAll('[data-testid="pack-line"]').map((row) => row.text())).toEqual([expect.stringContaining('240'), expect.stringContaining('–')])
  await page.find('[data-testid="reject"]').trigger('click')
  expect(page.find('[data-testid="pack-decision"]').text()).toContain('Give a reason.')
  await page.find('[data-testid="apply"]').trigger('click')
  await flushPromises()
  expect(asked.find(({ method }) => method === 'POST')?.path).toBe('parameter-packs/7/apply')
  expect(page.find('[data-testid="pack-decision"]').exists()).toBe(false)
})

test('one may only put aside what one brought in', async () => {
  answering([aPack({ author: 'risk' })])
  const page = await shown('/app/rules/packs/7')
  expect(page.find('[data-testid="apply"]').exists()).toBe(false)
  expect(page.find('[data-testid="reject"]').text()).toBe('Put aside')
})

test('who may only look is offered neither import nor decision', async () => {
  await logIn(['monitoring.view_rule', 'monitoring.view_parameterpack'])
  const page = await shown('/app/rules/packs/7')
  for (const offer of ['pack-form', 'apply', 'reject']) expect(page.find(`[data-testid="${offer}"]`).exists(), offer).toBe(false)
  expect(page.text()).toContain('Your role may look, but not decide.')
})

test('who may not see packs is not offered them, and reads why at their address', async () => {
  await logIn(['monitoring.view_rule'])
  const page = await shown()
  expect(page.find('[data-testid="part-packs"]').exists()).toBe(false)
  expect(page.text()).toContain('Your role sees no parameter packs.')
  expect(asked).toEqual([])
})

test('no packs: the list says what brings them', async () => {
  answering([])
  expect((await shown()).text()).toContain('No parameter packs. Import a file of thresholds')
})

test('what is missing is said before anything is sent', async () => {
  const page = await shown()
  await page.find('[data-testid="pack-form"]').trigger('submit')
  expect(page.find('[data-testid="pack-form"] [role="alert"]').text()).toBe('Choose a file.')
  expect(asked.some(({ method }) => method === 'POST')).toBe(false)
})

test('a decision that is refused says why, and where to go on', async () => {
  answering([aPack()], problem(409, []))
  const page = await shown('/app/rules/packs/7')
  await page.find('[data-testid="apply"]').trigger('click')
  await flushPromises()
  const decision = page.find('[data-testid="pack-decision"]')
  expect(decision.text()).toContain('The file does not fit.')
  expect(decision.find('a').attributes('href')).toBe('/app/rules?waiting=true')
})

test('what another has decided meanwhile is seen', async () => {
  const page = await shown('/app/rules/packs/7')
  answering([aPack({ state: 'rejected', decided_by: 'zhao', reason: 'not now' })])
  await usePacks().look()
  await flushPromises()
  expect(page.text()).toContain('not now')
  expect(page.find('[data-testid="apply"]').exists()).toBe(false)
})

test('a refused file says what is wrong beside each row, and one that fits opens as a draft', async () => {
  answering([aPack()], problem(422, [{ field: '3.level', code: 'refused', detail: 'no level "red"' }]))
  const page = await shown()
  const form = page.find('[data-testid="pack-form"]')
  const file = form.find<HTMLInputElement>('[data-testid="pack-file"]')
  Object.defineProperty(file.element, 'files', { value: [new File([CSV], 'december.csv')] })
  await file.trigger('change')
  await form.trigger('submit')
  expect(form.find('[role="alert"]').text()).toContain('Choose the trading day')
  page.findComponent(ElDatePicker).vm.$emit('update:modelValue', '2026-12-01')
  await form.trigger('submit')
  await settled()
  const faults = form.find('[data-testid="pack-faults"]').text()
  for (const text of ['3', 'level', 'no level "red"', 'P01,submissions_1s,red,1']) expect(faults).toContain(text)
  expect(asked.at(-1)?.body).toMatchObject({ name: 'december', effective_from: '2026-12-01', file_name: 'december.csv', content: btoa(CSV) })

  asked = fakeRest(({ method, path }) => (method === 'GET' && path === 'parameter-packs' ? { next: null, results: [] } : aPack()))
  await form.trigger('submit')
  await settled()
  expect(router.currentRoute.value.params.id).toBe('7')
  expect(form.find('[data-testid="pack-faults"]').exists()).toBe(false)
})
