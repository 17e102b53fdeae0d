import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import axe from 'axe-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { LedgerNews, ListedAccount, Voucher } from '@/api/ledger'
import { added, age, before, hasHole, isAmount, negated, sums, visible, withFigures } from '@/domain/ledger'
import { receivers } from '@/live/receivers'
import LedgerPage from '@/pages/LedgerPage.vue'
import { useConnection } from '@/stores/connection'
import { useLedger } from '@/stores/ledger'
import { useSession } from '@/stores/session'
import { fakeRest, FakeWire, Refusal, settled, type Asked } from './fakes'

const ACCOUNTANT = ['ledger.view_ledgeraccount', 'ledger.change_ledgeraccount', 'ledger.add_voucher', 'ledger.approve_voucher', 'ledger.add_overdraftpermit', 'ledger.approve_overdraftpermit']
const AUDITOR = ['ledger.view_ledgeraccount']

const anAccount = (id: string, changes: Partial<ListedAccount> = {}): ListedAccount => ({
  id, name: `Account ${id}`, currency: 'CNY', direction: 'credit', parent: null, overdraft: '0.00', usability: 'open',
  posted: '100.00', reserved: '0.00', available: '100.00', seq: 1, posted_at: null, has_children: false, ...changes,
})
const someNews = (changes: Partial<LedgerNews> = {}): LedgerNews => ({
  as_of_ns: '1795400000000000000', complete_since_ns: '1795399940000000000', accounts: [], hot: [], history: [],
  flow: { unposted: 0, unposted_oldest_ms: null, in_flight: 0, in_flight_oldest_ms: null, has_poster: true, alarms: [] },
  proposals: { waiting: 0, changes: 0 }, ...changes,
})
const aVoucher = (changes: Partial<Voucher> = {}): Voucher => ({
  id: 'v1', state: 'proposed', reason: 'booked twice', proposed_by: 'li', proposed_at: '2026-11-23T01:00:00Z', decided_by: null, decided_at: null, decision_reason: null,
  history: [{ what: 'proposed', at: '2026-11-23T01:00:00Z', by: 'li', reason: 'booked twice' }],
  legs: [{ account: 'a', side: 'debit', amount: '60.00', trust: 'in' }, { account: 'b', side: 'credit', amount: '60.00', trust: 'post' }],
  value_date: null, memo: '', refusal: null, ...changes,
})

describe('amounts', () => {
  test('are added exactly, beyond what a double holds', () => {
    expect(added('9007199254740993.01', '0.02')).toBe('9007199254740993.03')
    expect(added('0.10', '0.20')).toBe('0.30')
    expect(added('1', '-3')).toBe('-2')
    expect(added('-0.05', '0.5')).toBe('0.45')
    expect(negated('0.05')).toBe('-0.05')
    expect(negated('0.00')).toBe('0.00')
  })
  test('before a line stood what its movement explains', () => {
    const line = { seq: 1, transaction: 't', posted_at: '', posting_date: '', value_date: '' }
    expect(before({ ...line, side: 'debit', amount: '60.00', balance_after: '-20.00' })).toBe('40.00')
    expect(before({ ...line, side: 'credit', amount: '60.00', balance_after: '40.00' })).toBe('-20.00')
  })
  test.each([
    ['1', 2, true], ['0.01', 2, true], ['0.001', 2, false], ['0.00', 2, false], ['-1', 2, false], ['1e3', 2, false], ['1', 0, true], ['1.0', 0, false], ['', 2, false],
  ])('%s with %i decimals: %s', (text, places, fits) => {
    expect(isAmount(text, places)).toBe(fits)
  })
  test('legs are summed by currency, and those that are no amounts are left out', () => {
    const known = new Map([['a', anAccount('a')], ['b', anAccount('b')], ['y', anAccount('y', { currency: 'JPY', posted: '0' })]])
    const legs = [
      { account: 'a', side: 'debit' as const, amount: '60' }, { account: 'b', side: 'credit' as const, amount: '59.99' },
      { account: 'y', side: 'debit' as const, amount: '5' }, { account: 'y', side: 'credit' as const, amount: '5' },
      { account: 'a', side: 'debit' as const, amount: 'x' }, { account: 'unknown', side: 'debit' as const, amount: '1' },
    ]
    expect(sums(legs, known)).toEqual([
      { currency: 'CNY', debit: '60.00', credit: '59.99', difference: '-0.01' },
      { currency: 'JPY', debit: '5', credit: '5', difference: '0' },
    ])
  })
})

test('ages read like clocks', () => {
  expect([0, 75, 5400].map(age)).toEqual(['0:00', '1:15', '1:30:00'])
})

test('figures go to the rows they belong to, never backwards, and nothing is drawn anew without a change', () => {
  const rows = [anAccount('a', { seq: 5 }), anAccount('b')]
  const told = { posted: '1.00', reserved: '0.00', available: '1.00', overdraft: '0.00', usability: 'open' as const }
  expect(withFigures(rows, [{ id: 'a', seq: 4, ...told }, { id: 'c', seq: 9, ...told }])).toBe(rows)
  const patched = withFigures(rows, [{ id: 'a', seq: 6, ...told }])
  expect(patched.map(({ posted }) => posted)).toEqual(['1.00', '100.00'])
  expect(patched[1]).toBe(rows[1])
})

test('a message has a hole before it when changes are left out since the last one', () => {
  const last = someNews({ as_of_ns: '1795400000000000000' })
  expect(hasHole(null, last)).toBe(false)
  expect(hasHole(last, someNews({ complete_since_ns: '1795400000000000000' }))).toBe(false)
  expect(hasHole(last, someNews({ complete_since_ns: '1795400000000000001' }))).toBe(true)
})

test('of a tree the branches that are open can be seen', () => {
  const branches = new Map([
    ['-', [anAccount('1', { has_children: true }), anAccount('2', { has_children: true })]],
    ['1', [anAccount('11')]], ['2', [anAccount('21')]],
  ])
  expect(visible(branches, new Set(['1']), '-').map(({ id, depth }) => [id, depth])).toEqual([['1', 0], ['11', 1], ['2', 0]])
})

describe('page', () => {
  let router: Router
  let wire: FakeWire
  let asked: Asked[]
  let answers: Record<string, unknown>

  async function logIn(permissions: string[], user = 'li'): Promise<void> {
    document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({ user, roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false })}</script>`
    await useSession().load()
  }

  async function at(path: string): Promise<VueWrapper> {
    await router.push(path)
    const page = mount(LedgerPage, { attachTo: document.body, global: { plugins: [router] } })
    await flushPromises()
    return page
  }

  beforeEach(async () => {
    router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/app/ledger/:part?', name: 'ledger', component: LedgerPage }] })
    answers = {
      'ledger/accounts?-': { next: null, results: [anAccount('a', { has_children: true }), anAccount('b')] },
      'ledger/accounts?a': { next: null, results: [anAccount('a1', { parent: 'a' })] },
      'ledger/accounts/a': anAccount('a'), 'ledger/accounts/a/balance': { posted: '100.00', reserved: '0.00', available: '100.00', seq: 1, as_of: '' },
      'ledger/accounts/a/changes': [],
      'ledger/accounts/a/period': { opening: '0.00', debit: '0.00', credit: '100.00', closing: '100.00', lines: 1, first_seq: 1, last_seq: 1 },
      'ledger/accounts/a/statement': [{ seq: 1, transaction: 't', side: 'credit', amount: '100.00', balance_after: '100.00', posted_at: '2026-11-23T01:00:00Z', posting_date: '2026-11-23', value_date: '2026-11-23' }],
      'ledger/trial-balance': { as_of: '2026-11-23T01:00:00Z', day: '2026-11-23', unposted: 0, rows: [{ currency: 'CNY', debit: '100.00', credit: '100.00' }, { currency: 'HKD', debit: '1.00', credit: '1.01' }] },
      'ledger/flow': { unposted: 0, unposted_oldest_seconds: null, unposted_seconds_max: 5, in_flight: 1, in_flight_oldest_seconds: 700, in_flight_seconds_max: 600, ages: [{ since_seconds: 0, count: 0 }, { since_seconds: 600, count: 1 }] },
      'ledger/days': { day: '2026-11-23', cuts: [], reconciliations: [] },
      'ledger/vouchers': { next: null, results: [aVoucher()] }, 'ledger/vouchers/v1': aVoucher(),
    }
    asked = fakeRest(({ path, params, method }) => {
      const parent = params.get('parent')
      const key = parent ? `${path}?${parent}` : method === 'POST' ? `POST ${path}` : path
      return answers[key] ?? { next: null, results: [] }
    })
    await logIn(ACCOUNTANT)
    wire = new FakeWire()
    useConnection().start(receivers(), () => wire)
    wire.open()
  })

  const says = (news: LedgerNews, seq = 1) => {
    wire.says({ reply: 'subscribe', topics: { ledger: { kind: 'state', seq: 0 } } })
    wire.says({ topic: 'ledger', seq, data: news })
  }

  test('who may not see the books is told so, and nothing is asked', async () => {
    await logIn(['monitoring.view_alert'])
    const page = await at('/app/ledger')
    expect(page.text()).toContain('Your role sees no books.')
    expect(asked).toEqual([])
  })

  test('a posting changes the balance on the screen', async () => {
    const page = await at('/app/ledger')
    const posted = () => page.find('[data-row="a1"] [data-testid="posted"]').text()
    expect(posted()).toBe('100.00')
    says(someNews({ accounts: [{ id: 'a1', posted: '1234567.89', reserved: '0.00', available: '1234567.89', overdraft: '0.00', usability: 'open', seq: 2 }] }))
    await nextTick()
    expect(posted()).toBe('1,234,567.89')
  })

  test('a branch folds by the mouse and by the arrow keys', async () => {
    const page = await at('/app/ledger')
    const shown = () => page.findAll('[data-testid="accounts-row"]').map((row) => row.attributes('data-row'))
    expect(shown()).toEqual(['a', 'a1', 'b'])
    await page.find('.twig').trigger('click')
    expect(shown()).toEqual(['a', 'b'])
    const grid = page.find('[role=treegrid]')
    await grid.trigger('focus')
    await grid.trigger('keydown', { key: 'ArrowRight' })
    expect(shown()).toEqual(['a', 'a1', 'b'])
  })

  test('an account opens beside any part, and stands in the address', async () => {
    const page = await at('/app/ledger')
    await page.find('[data-row="a"]').trigger('click')
    await flushPromises()
    expect(router.currentRoute.value.query.open).toBe('a')
    await flushPromises()
    const drawer = page.find('[data-testid="ledger-drawer"]')
    expect(drawer.find('[data-testid="balance-posted"]').text()).toBe('100.00')
    expect(drawer.find('[data-testid="period"]').text()).toContain('Opening balance0.00')
    expect(drawer.findAll('[data-testid="line"]')).toHaveLength(1)
    expect(drawer.findAll('.carried').map((row) => row.text())).toEqual(['Opening balance0.00', 'Closing balance100.00'])
  })

  test('where more changed than was told, accounts are fetched again, not with every message', async () => {
    await at('/app/ledger')
    const trees = () => asked.filter(({ params }) => params.get('parent') === '-').length
    const ledger = useLedger()
    says(someNews())
    Date.now = ((now) => () => now)(Date.now() + 6_000)
    for (const seq of [2, 3, 4]) says(someNews({ as_of_ns: '1795400000000000005', complete_since_ns: '1795400000000000006' }), seq)
    await flushPromises()
    expect(ledger.news).not.toBeNull()
    expect(trees()).toBe(2)
  })

  test('a currency that does not balance is shown as such', async () => {
    const page = await at('/app/ledger/trial-balance')
    expect(page.findAll('[data-testid="trial-row"]').map((row) => row.text())).toEqual(['CNY100.00100.000.00Even', 'HKD1.001.010.01 Does not balance'])
  })

  test('alarms stand above every part', async () => {
    const page = await at('/app/ledger/refusals')
    says(someNews({ flow: { ...someNews().flow, alarms: ['posting_behind'] } }))
    await nextTick()
    expect(page.find('[role=alert]').text()).toContain('Posting is behind')
  })

  test('a maker is told that another has to decide, and may only take it back', async () => {
    answers['POST ledger/vouchers/v1/withdraw'] = new Refusal(409, 'It has been decided already.')
    const page = await at('/app/ledger/proposals?proposal=v1')
    expect(page.find('[data-testid="own"]').exists()).toBe(true)
    expect(page.find('[data-testid="approve"]').exists()).toBe(false)
    await page.find('[data-testid="withdraw"]').trigger('click')
    await flushPromises()
    expect(page.find('[data-testid="proposal"] [role=alert]').text()).toContain('decided already')
  })

  test('a checker approves, and may not reject without a reason', async () => {
    await logIn(ACCOUNTANT, 'wang')
    answers['POST ledger/vouchers/v1/approve'] = aVoucher({ state: 'booked', decided_by: 'wang' })
    const page = await at('/app/ledger/proposals?proposal=v1')
    expect(page.find('[data-testid="withdraw"]').exists()).toBe(false)
    await page.find('[data-testid="reject"]').trigger('click')
    expect(page.find('[data-testid="proposal"] [role=alert]').text()).toBe('Give a reason.')
    await page.find('[data-testid="approve"]').trigger('click')
    await flushPromises()
    expect(page.find('[data-testid="proposal"]').text()).toContain('Booked')
  })

  test('an auditor decides and proposes nothing', async () => {
    await logIn(AUDITOR)
    const page = await at('/app/ledger/proposals?proposal=v1')
    expect(page.find('[data-testid="new-voucher"]').exists()).toBe(false)
    expect(page.find('[data-testid="approve"]').exists()).toBe(false)
    expect(page.text()).toContain('Your role may look at this but not decide it.')
  })

  test('a voucher without accounts is not sent', async () => {
    const page = await at('/app/ledger/proposals?form=voucher')
    await page.find('[data-testid="voucher-form"] form').trigger('submit')
    await settled()
    expect(page.find('[data-testid="voucher-form"] [role=alert]').text()).toBe('Choose an account for each leg.')
    expect(asked.some(({ method }) => method === 'POST')).toBe(false)
  })

  test.each(['', '/in-flight', '/posting', '/refusals', '/trial-balance', '/proposals', '/proposals?form=voucher', '?open=a'])('nothing serious is wrong for those who do not see the screen: %s', async (place) => {
    await at(`/app/ledger${place}`)
    const rules = { region: { enabled: false }, 'color-contrast': { enabled: false } }
    const { violations } = await axe.run(document.body, { rules })
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
  })
})
