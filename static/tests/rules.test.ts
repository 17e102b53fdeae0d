import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Rule, RuleThreshold, Version, WholeRule } from '@/api/rules'
import RuleTable from '@/components/RuleTable.vue'
import { changedValues, isNumber, thresholdLines } from '@/domain/rules'
import { receivers } from '@/live/receivers'
import RulesPage from '@/pages/RulesPage.vue'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import { aThreshold, fakeRest, FakeWire, Refusal, type Asked } from './fakes'

const EVERYTHING = ['view_rule', 'view_ruleversion', 'change_rule', 'approve_ruleversion'].map((name) => `monitoring.${name}`)
let router: Router
let asked: Asked[]

const aRule = (code: string, changes: Partial<Rule> = {}): Rule => ({
  code,
  name: { en: `Rule ${code}`, zh: `规则 ${code}` },
  category: 'programme',
  mode: 'live',
  check_point: 'live',
  needs_approval: false,
  levels: ['warn', 'limit'],
  version: 1,
  since: '2026-11-23T01:30:00Z',
  proposed: null,
  ...changes,
})

const figure = (id: number, changes: Partial<RuleThreshold> = {}): RuleThreshold => ({ ...aThreshold(), source_note: '', ...changes, id })

const wholeRule = (changes: Partial<WholeRule> = {}): WholeRule => ({
  ...aRule('P01'),
  advice: { en: 'Slow down.', zh: '请放慢。' },
  source_note: 'the exchange',
  confidence: 'A',
  key: 'account',
  conditions: [{ group: 1, title: 'orders a second', floor: null, minus: null, cmp: '≥', levels: ['240', '–', '300'], unit: 'count', scoped: [] }],
  indicators: [],
  parts: [],
  thresholds: [figure(1), figure(2, { level: 'limit', value: '300' })],
  may_become: ['shadow', 'off'],
  ...changes,
})

const aVersion = (number: number, changes: Partial<Version> = {}): Version => ({
  number,
  state: 'approved',
  mode: 'live',
  needs_approval: false,
  is_in_force: number === 1,
  author: 'wang',
  effective_from: '2026-11-23T01:30:00Z',
  note: '',
  decided_by: null,
  decided_at: null,
  reason: '',
  before: null,
  changes: [],
  ...changes,
})

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

async function shown(path: string): Promise<VueWrapper> {
  await router.push(path)
  const page = mount(RulesPage, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return page
}

function answering(rule: WholeRule, versions: Version[], refused?: Refusal): void {
  asked = fakeRest(({ method, path }) => {
    if (method === 'POST') return refused ?? versions[0]
    if (path === 'rules') return { next: null, results: [aRule('F01'), aRule('P01')] }
    return path.endsWith('/versions') ? { next: null, results: versions } : rule
  })
}

beforeEach(async () => {
  const routes = [
    { path: '/app/rules/:part(backtests|headroom)?/:id?', name: 'rules', component: RulesPage },
    { path: '/app/customer', name: 'customer', component: RulesPage },
  ]
  router = createRouter({ history: createMemoryHistory(), routes })
  await logIn(EVERYTHING)
  useConnection().start(receivers(), () => new FakeWire())
  answering(wholeRule(), [aVersion(1)])
})

test('figures of one scope and day stand side by side, those of two conditions apart', () => {
  const rows = [figure(1), figure(2, { level: 'limit' }), figure(3, { scope: { product: 'IF' } }), figure(4)]
  const lines = thresholdLines(rows).map(({ levels }) => Object.values(levels).map(({ id }) => id))
  expect(lines).toEqual([[1, 2], [3], [4]])
})

test('what was typed counts only where it is another number', () => {
  expect(changedValues([figure(1), figure(2), figure(3)], { 1: ' 240.0 ', 2: '250' })).toEqual([{ id: 2, value: '250' }])
})

test.each([['1', true], ['-0.5', true], ['12345678.12345678', true], ['1e5', false], ['', false], ['1,000', false], ['0.123456789', false], ['NaN', false]])('%s is a number: %s', (text, expected) => {
  expect(isNumber(text)).toBe(expected)
})

test('the filter comes from the address and is written into it', async () => {
  const page = await shown('/app/rules?mode=live&level=limit&sort=1')
  expect(asked.find(({ path }) => path === 'rules')?.params.toString()).toBe('mode=live&level=limit')
  const field = page.find('input[data-testid="filter-search"], [data-testid="filter-search"] input')
  await field.setValue('P0')
  await field.trigger('change')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ mode: 'live', level: 'limit', search: 'P0' })
  expect(asked.at(-1)?.params.get('search')).toBe('P0')
})

test('a rule in the address is shown in words with its figures and versions', async () => {
  const page = await shown('/app/rules/P01')
  const drawer = page.find('[data-testid="rule"]').text()
  for (const text of ['Slow down.', 'orders a second', 'the exchange', 'v1']) expect(drawer).toContain(text)
  expect(page.find('[data-testid="rule-thresholds"]').text()).toContain('240')
})

test('thousands of rules draw only what is on the screen, and arrows lead through them', async () => {
  const rules = Array.from({ length: 3_000 }, (_, at) => aRule(`R${at}`))
  const table = mount(RuleTable, { props: { rules, openCode: '' }, attachTo: document.body })
  expect(table.findAll('[data-testid="rule-row"]').length).toBeLessThan(60)
  const grid = table.find('[role="grid"]')
  await grid.trigger('focus')
  await grid.trigger('keydown', { key: 'ArrowDown' })
  await grid.trigger('keydown', { key: 'Enter' })
  expect(table.emitted('open')).toEqual([['R1']])
})

test('other figures are proposed with a reason, and only those that differ are sent', async () => {
  const page = await shown('/app/rules/P01')
  await page.find('[data-testid="edit"]').trigger('click')
  const field = page.find('[data-testid="rule-thresholds"] input')
  await page.find('[data-testid="propose"]').trigger('submit')
  expect(page.text()).toContain('No figure was changed.')
  await field.setValue('much')
  await page.find('[data-testid="propose"]').trigger('submit')
  expect(page.text()).toContain('at most 16 digits')
  await field.setValue('250')
  await page.find('[data-testid="propose"]').trigger('submit')
  expect(page.text()).toContain('Say why.')
  const note = page.find('input[data-testid="note"], [data-testid="note"] input')
  await note.setValue('a notice')
  await page.find('[data-testid="propose"]').trigger('submit')
  await flushPromises()
  const sent = asked.find(({ method }) => method === 'POST')
  expect(sent).toMatchObject({ path: 'rules/P01/versions', body: { thresholds: [{ id: 1, value: '250' }], note: 'a notice' } })
})

test("another's proposal is approved, one's own only withdrawn", async () => {
  answering(wholeRule({ proposed: 2 }), [aVersion(2, { state: 'proposed' }), aVersion(1)])
  let page = await shown('/app/rules/P01')
  expect(page.find('[data-testid="withdraw"]').exists()).toBe(false)
  await page.find('[data-testid="reject"]').trigger('click')
  expect(page.find('[data-testid="decision"]').text()).toContain('Give a reason.')
  await page.find('[data-testid="approve"]').trigger('click')
  await flushPromises()
  expect(asked.find(({ method }) => method === 'POST')?.path).toBe('rules/P01/versions/2/approve')
  page.unmount()
  answering(wholeRule({ proposed: 2 }), [aVersion(2, { state: 'proposed', author: 'risk' }), aVersion(1)])
  page = await shown('/app/rules/F01')
  await router.push('/app/rules/P01')
  await flushPromises()
  expect(page.find('[data-testid="approve"]').exists()).toBe(false)
  expect(page.find('[data-testid="withdraw"]').exists()).toBe(true)
})

test('a refusal of the server is said where it was asked for', async () => {
  answering(wholeRule({ proposed: 2 }), [aVersion(2, { state: 'proposed' })], new Refusal(409, 'Somebody else has decided meanwhile.'))
  const page = await shown('/app/rules/P01')
  await page.find('[data-testid="approve"]').trigger('click')
  await flushPromises()
  expect(page.find('[data-testid="decision"]').text()).toContain('Somebody else has decided meanwhile.')
})

test('who may only look is offered no change', async () => {
  await logIn(['monitoring.view_rule'])
  const page = await shown('/app/rules/P01')
  for (const offer of ['edit', 'switch-mode', 'approve', 'versions']) expect(page.find(`[data-testid="${offer}"]`).exists(), offer).toBe(false)
  expect(asked.some(({ path }) => path.endsWith('/versions'))).toBe(false)
})

test('who may not see rules reads why, and nothing is asked for', async () => {
  await logIn([])
  const page = await shown('/app/rules')
  expect(page.text()).toContain('Your role sees no rules.')
  expect(asked).toEqual([])
})
