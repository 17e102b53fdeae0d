import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Backtest } from '@/api/backtests'
import type { Rule, Version } from '@/api/rules'
import { firstQuestion, isOpen, paceOf, shortRef, withBacktest } from '@/domain/backtests'
import { receivers } from '@/live/receivers'
import RulesPage from '@/pages/RulesPage.vue'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import { fakeRest, FakeWire, Refusal, type Asked } from './fakes'

const EVERYTHING = ['view_rule', 'view_ruleversion', 'add_backtest', 'change_backtest'].map((name) => `monitoring.${name}`)
const RULE = { code: 'P01', name: { en: 'Fast', zh: '快' }, mode: 'live' } as Rule
const version = (number: number, changes: Partial<Version>) => ({ number, state: 'approved', is_in_force: false, effective_from: '2026-11-23T01:30:00Z', ...changes }) as Version
let router: Router
let wire: FakeWire
let asked: Asked[]

const aBacktest = (id: number, changes: Partial<Backtest> = {}): Backtest => ({
  id,
  state: 'waiting',
  author: 'risk',
  first_day: '2026-11-23',
  last_day: '2026-11-23',
  rules: 'version:P01/2',
  against: 'version:P01/1',
  created_ns: '1795400000000000000',
  started_ns: null,
  ended_ns: null,
  progress_permille: 0,
  events: 0,
  error: '',
  result: null,
  ...changes,
})
const RESULT: Backtest['result'] = {
  rules: [{ rule: 'P01', levels: { warn: 3 }, levels_before: { warn: 5, limit: 1 }, changes: { added: 0, removed: 3, level: 0, none: 3 } }],
  files: ['2026-11-23.pcap'], events: 12_345, problems: {}, seconds: 4.2, alerts: 6, rows: 6,
}

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

async function shown(path = '/app/rules/backtests'): Promise<VueWrapper> {
  await router.push(path)
  const page = mount(RulesPage, { attachTo: document.body, global: { plugins: [router] } })
  wire.says({ reply: 'subscribe', topics: { backtests: { kind: 'log', seq: 0 } } })
  await flushPromises()
  return page
}

function answering(rows: Backtest[], refused?: Refusal, days = ['2026-11-24', '2026-11-23']): void {
  asked = fakeRest(({ method, path }) => {
    if (method === 'POST') return refused ?? (path.endsWith('/cancel') ? aBacktest(1, { state: 'cancelled' }) : aBacktest(1))
    if (path === 'backtests/days') return days.map((day) => ({ day }))
    if (path === 'rules') return { next: null, results: [RULE] }
    if (path.endsWith('/versions')) return { next: null, results: [version(2, { state: 'proposed' }), version(1, { is_in_force: true })] }
    return { next: null, results: path === 'backtests' ? rows : [] }
  })
}

beforeEach(async () => {
  const routes = [{ path: '/app/rules/:part(backtests|headroom)?/:id?', name: 'rules', component: RulesPage }]
  router = createRouter({ history: createMemoryHistory(), routes })
  await logIn(EVERYTHING)
  wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
  answering([])
})

test('new back-tests stand first, and late progress does not bring back what has ended', () => {
  const rows = withBacktest([aBacktest(1)], aBacktest(2))
  expect(rows.map(({ id }) => id)).toEqual([2, 1])
  const ended = withBacktest(rows, aBacktest(1, { state: 'cancelled' }))
  expect(withBacktest(ended, aBacktest(1, { state: 'running' }))[1]?.state).toBe('cancelled')
  expect(ended.map(isOpen)).toEqual([true, false])
})

test('the pace is that since the start, and the time left follows from it', () => {
  const row = aBacktest(1, { state: 'running', started_ns: '1000000000000', progress_permille: 250, events: 4_000 })
  expect(paceOf(row, 1_010_000)).toEqual({ rate: 400, secondsLeft: 30 })
  expect(paceOf(aBacktest(1), 0)).toBeNull()
})

test('a proposal is tried against what is in force, a rule without one alone', () => {
  const versions = [version(2, { state: 'proposed' }), version(1, { is_in_force: true })]
  expect(firstQuestion(RULE, versions, 'D')).toMatchObject({ rules: 'version:P01/2', against: 'version:P01/1' })
  expect(firstQuestion(RULE, versions.slice(1), 'D')).toMatchObject({ rules: 'version:P01/1', against: '' })
  expect(firstQuestion({ ...RULE, mode: 'draft' }, [], 'D')).toMatchObject({ rules: 'draft:P01', against: '' })
})

test.each([['live', 'in force'], ['version:P01/3', 'P01 v3'], ['draft:P01', 'P01?'], ['at:2026-11-23T14:00', 'at:2026-11-23T14:00']])('%s reads %s', (ref, text) => {
  expect(shortRef(ref, { live: 'in force', draft: (rule) => `${rule}?` })).toBe(text)
})

test('a back-test of a rule is asked for with the newest day and its versions, and shown', async () => {
  const page = await shown('/app/rules/backtests?rule=P01')
  await page.find('[data-testid="backtest-form"]').trigger('submit')
  await flushPromises()
  const sent = asked.find(({ method }) => method === 'POST')
  expect(sent?.body).toEqual({ first_day: '2026-11-24', last_day: '2026-11-24', rules: 'version:P01/2', against: 'version:P01/1' })
  expect(router.currentRoute.value.params.id).toBe('1')
  expect(page.find('[data-testid="backtest-result"]').text()).toContain('Waits for its turn')
})

test('progress arrives by the log, then the result', async () => {
  answering([aBacktest(1, { state: 'running' })])
  const page = await shown('/app/rules/backtests/1')
  wire.says({ topic: 'backtests', seq: 1, data: { change: 'progress', backtest: aBacktest(1, { state: 'running', progress_permille: 425 }) } })
  await flushPromises()
  expect(page.find('[data-testid="progress"]').attributes('value')).toBe('425')
  expect(page.text()).toContain('42.5 %')
  wire.says({ topic: 'backtests', seq: 2, data: { change: 'ended', backtest: aBacktest(1, { state: 'done', result: RESULT }) } })
  await flushPromises()
  const cells = page.find('[data-testid="backtest-counts"] tbody tr').findAll('td').map((cell) => cell.text().replaceAll(/\s+/g, ' '))
  expect(cells).toEqual(['P01', '3 / 5', '0 / 0', '0 / 1', '0', '3', '0', '3'])
  expect(asked.some(({ path }) => path === 'backtests/1/alerts')).toBe(true)
})

test('one that runs is cancelled', async () => {
  answering([aBacktest(1, { state: 'running' })])
  const page = await shown('/app/rules/backtests/1')
  await page.find('[data-testid="cancel"]').trigger('click')
  await flushPromises()
  expect(asked.at(-1)?.path).toBe('backtests/1/cancel')
  expect(page.text()).toContain('It was cancelled and found nothing.')
})

test('a failure and a refusal say why', async () => {
  answering([aBacktest(1, { state: 'failed', error: 'no capture of that day' })], new Refusal(429, '10 back-tests are waiting'))
  const page = await shown('/app/rules/backtests/1')
  expect(page.text()).toContain('no capture of that day')
  await page.find('[data-testid="backtest-form"]').trigger('submit')
  await flushPromises()
  expect(page.find('[data-testid="backtest-form"]').text()).toContain('10 back-tests are waiting')
})

test('without recorded days the page says what fills them', async () => {
  answering([], undefined, [])
  const page = await shown()
  expect(page.text()).toContain('No recorded day is kept.')
  expect(page.find('[data-testid="start"]').exists()).toBe(false)
})

test('who may not start back-tests sees those of others', async () => {
  await logIn(['monitoring.view_rule'])
  answering([aBacktest(1, { state: 'running' })])
  const page = await shown('/app/rules/backtests/1')
  for (const offer of ['backtest-form', 'cancel']) expect(page.find(`[data-testid="${offer}"]`).exists(), offer).toBe(false)
  expect(page.findAll('[data-testid="backtest-row"]')).toHaveLength(1)
})
