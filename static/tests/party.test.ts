import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import axe from 'axe-core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Party, SeenAccount, StandingOrder, Suggestion } from '@/api/party'
import { i18n } from '@/i18n'
import { chosen, lookedAt, queryOf, soleOf } from '@/domain/party'
import { ageOf } from '@/domain/times'
import CustomerPage from '@/pages/CustomerPage.vue'
import RestrictionsPage from '@/pages/RestrictionsPage.vue'
import { useCustomer } from '@/stores/customer'
import { useSession } from '@/stores/session'
import { anAlert, fakeRest, Refusal, type Asked } from './fakes'

enableAutoUnmount(afterEach)

const AT_NS = '1795400045000000000'

function anAccount(changes: Partial<SeenAccount> = {}): SeenAccount {
  return {
    exchange: 'SSE', account: 'A1', counter: 'ALPHA', customer: 'K1', group: 'G1', trading: 'ACTIVE', stopped: [],
    positions_known: true, funds: null, live_orders: 1, ...changes,
  }
}

function anOrder(number: number, changes: Partial<StandingOrder> = {}): StandingOrder {
  return {
    id: `2026-11-23.0.${number}`, time_ns: AT_NS, age_ms: 65_000, exchange: 'SSE', account: 'A1', counter: 'ALPHA', symbol: '600000',
    side: 'sell', offset: 'close', price: '10.5', quantity: '500', live: '300', origin: 'db', order_ref: `R${number}`, ...changes,
  }
}

function aParty(changes: Partial<Party> = {}): Party {
  return {
    kind: 'group', id: 'G1', name: 'Seven friends', as_of_ns: AT_NS, pending: null, accounts: [anAccount(), anAccount({ account: 'A2', counter: 'BETA', customer: 'K2' })],
    accounts_total: 2, positions: [], positions_total: 0, orders: { next: null, results: [anOrder(1)], total: 1 }, restrictions: [], ...changes,
  }
}

const suggestion = (kind: Suggestion['kind'], id: string): Suggestion => ({ kind, id, name: null, accounts: 1 })
let party: Party | Refusal
let asked: Asked[]
let router: Router

function rest({ path }: Asked): unknown {
  if (path.endsWith('/live')) return party
  if (path === 'customers') return { next: null, results: [suggestion('group', 'G1'), suggestion('account', 'G12')] }
  if (path === 'headroom') return []
  return { next: null, results: path === 'alerts' ? [anAlert(1, { key: { group: 'G1' } })] : [] }
}

async function logIn(...permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions: permissions.map((each) => `monitoring.${each}`), language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

async function page(address: string) {
  await router.push(address)
  const shown = mount(CustomerPage, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return shown
}

beforeEach(async () => {
  party = aParty()
  asked = fakeRest(rest)
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/app/customer', name: 'customer', component: CustomerPage },
      { path: '/app/alerts/:id?', name: 'alerts', component: { render: () => null } },
      { path: '/app/restrictions/:id?', name: 'restrictions', component: RestrictionsPage },
      { path: '/app/flow', name: 'flow', component: { render: () => null } },
    ],
  })
  await logIn('view_headroom', 'view_restriction', 'add_restriction')
})

describe('whom the page shows', () => {
  test('stands in the address, and comes from it', () => {
    expect(lookedAt({ group: 'G1', symbol: '600000' })).toEqual({ kind: 'group', id: 'G1', symbol: '600000' })
    expect(lookedAt({ symbol: '600000' })).toBeNull()
    expect(queryOf({ kind: 'account', id: 'A1' })).toEqual({ account: 'A1' })
  })

  test('is what was typed in full, of the chosen kind before others', () => {
    const found = [suggestion('customer', 'A12'), suggestion('group', 'A1'), suggestion('account', 'A1')]
    expect(chosen(found, 'a1', 'account')).toBe(found[2])
    expect(chosen(found, 'A1', 'customer')).toBe(found[1])
    expect(chosen(found, 'A', 'customer')).toBe(found[0])
    expect(chosen([], 'A', 'customer')).toBeUndefined()
  })

  test('leads to the one customer or group of its accounts, and to none of several', () => {
    const accounts = [anAccount(), anAccount({ account: 'A2', customer: 'K2' })]
    expect(soleOf(accounts, 'group')).toBe('G1')
    expect(soleOf(accounts, 'customer')).toBeNull()
    expect(soleOf([anAccount({ group: null })], 'group')).toBe('A1')
  })
})

test.each([[900, '0.9 s'], [59_999, '59.9 s'], [60_000, '1:00'], [3_599_000, '59:59'], [7_384_000, '2:03:04']])('an age of %i ms reads %s', (ms, text) => {
  expect(ageOf(ms)).toBe(text)
})

test('a group is shown over all counters, with what is not known said so', async () => {
  party = aParty({
    accounts: [anAccount({ trading: 'REDUCING', stopped: ['open'], funds: { available: '50.5', equity: null, margin: null, risk_percent: null } }), anAccount({ account: 'A2', trading: null, stopped: null })],
    positions: [{ exchange: 'SSE', account: 'A1', counter: 'ALPHA', symbol: '600000', side: 'long', quantity: null, change: '-200', sellable: null, last: '10', is_stale: true, }],
    positions_total: 1,
  })
  const shown = await page('/app/customer?group=G1')
  expect(asked[0]?.path).toBe('groups/G1/live')
  const accounts = shown.find('[data-testid="party-accounts"]').text()
  expect(accounts).toContain('Reducing only')
  expect(accounts).toContain('50.5unknown')
  expect(shown.find('[data-testid="party-positions"]').text()).toContain('unknown, today −200')
  expect(shown.find('[data-testid="party-positions"]').text()).toContain('old')
  const order = shown.find('[data-testid="party-orders"] tbody tr').text()
  for (const words of ['1:05', '0.1', 'ALPHA', 'Sell close', '10.50', '300', '500', 'R1']) expect(order).toContain(words)
  expect(shown.find('[data-testid="to-restrict"]').attributes('href')).toBe('/app/restrictions?make=group&value=G1')
})

test('before anybody is named the page says so once, and asks for nothing', async () => {
  const shown = await page('/app/customer')
  expect(shown.findAll('.panel.empty').map((each) => each.text())).toEqual([i18n.global.t('party.nobody')])
  expect(shown.findAll('.panel h2')).toHaveLength(0)
  expect(asked.filter(({ path }) => path.endsWith('/live'))).toEqual([])
})

test('a page that has not caught up shows no live figures and says why', async () => {
  party = aParty({ pending: 'replica_too_old', orders: { next: null, results: [], total: 0 } })
  const shown = await page('/app/customer?customer=K1')
  expect(shown.find('[data-testid="party-orders"]').exists()).toBe(false)
  expect(shown.text()).toContain('This server has not kept up with the market.')
})

test('restrictions that are not known are not said to be none', async () => {
  party = aParty({ restrictions: null })
  expect((await page('/app/customer?group=G1')).text()).toContain('does not know at the moment which restrictions')
})

test('Enter looks at what was typed, whatever its kind', async () => {
  const shown = await page('/app/customer')
  expect(shown.text()).toContain('Type a customer, control group or account.')
  const input = shown.find('input[data-testid="party"]')
  await input.setValue('g12')
  await input.trigger('keydown', { key: 'Enter' })
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ account: 'G12' })
})

test('the switch leads from a group with one customer to that customer', async () => {
  party = aParty({ accounts: [anAccount()] })
  const shown = await page('/app/customer?group=G1')
  await shown.find('[data-testid="kind-customer"] input').setValue(true)
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ customer: 'K1' })
})

test('live orders are turned by pages, and the page that is looked at is the one that is asked again', async () => {
  party = aParty({ orders: { next: 'c1', results: [anOrder(2)], total: 2 } })
  const shown = await page('/app/customer?group=G1')
  expect(shown.text()).toContain('Live orders: 1 of 2')
  await shown.find('[data-testid="older-orders"]').trigger('click')
  await flushPromises()
  await useCustomer().look()
  const pages = asked.filter(({ path }) => path.endsWith('/live')).map(({ params }) => params.get('cursor'))
  expect(pages).toEqual([null, 'c1', 'c1'])
  await shown.find('[data-testid="newer-orders"]').trigger('click')
  await flushPromises()
  expect(asked.at(-1)?.params.get('cursor')).toBeNull()
})

test('what lives is asked again within two seconds, and not after the page was left', async () => {
  vi.useFakeTimers()
  const shown = await page('/app/customer?group=G1')
  const lives = () => asked.filter(({ path }) => path.endsWith('/live')).length
  expect(lives()).toBe(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(lives()).toBe(2)
  shown.unmount()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(lives()).toBe(2)
})

test('a refusal is said, and in Chinese on a Chinese page', async () => {
  i18n.global.locale.value = 'zh'
  fakeRest(({ path }) =>
    path.endsWith('/live')
      ? new Response(JSON.stringify({ type: 'urn:riskgw:not_found', title: 'Not Found', status: 404, detail: 'There is no such group.' }), { status: 404 })
      : path === 'headroom' ? [] : { next: null, results: [] },
  )
  const shown = await page('/app/customer?group=X')
  expect(shown.text()).toContain('操作未成功：没有这条记录。')
  expect(shown.text()).not.toContain('There is no')
  expect(shown.text().match(/操作未成功/g)).toHaveLength(1)
})

test('who may see no headroom is told so', async () => {
  await logIn('view_alert')
  expect((await page('/app/customer?group=G1')).text()).toContain('Your role sees no headroom.')
  expect(asked).toEqual([])
})

test('a restriction of whom was looked at is filled in beforehand', async () => {
  await router.push('/app/restrictions?make=group&value=G1')
  const shown = mount(RestrictionsPage, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  expect(shown.find<HTMLInputElement>('input[data-testid="restrict-value"]').element.value).toBe('G1')
  expect(shown.find('[data-testid="restrict-form"]').text()).toContain('Group')
})

test('nothing serious for axe', async () => {
  party = aParty({ positions: [{ exchange: 'SSE', account: 'A1', counter: null, symbol: '600000', side: 'short', quantity: '3', change: null, sellable: null, last: null, is_stale: true }], positions_total: 1 })
  await page('/app/customer?group=G1')
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } })
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
})
