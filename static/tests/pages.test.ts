import axe from 'axe-core'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import App from '@/App.vue'
import AlertTable from '@/components/AlertTable.vue'
import AppHeader from '@/components/AppHeader.vue'
import ConnectionStrip from '@/components/ConnectionStrip.vue'
import PromptStack from '@/components/PromptStack.vue'
import AlertsPage from '@/pages/AlertsPage.vue'
import FlowPage from '@/pages/FlowPage.vue'
import OverviewPage from '@/pages/OverviewPage.vue'
import { receivers } from '@/live/receivers'
import { useAlerts } from '@/stores/alerts'
import { useConnection } from '@/stores/connection'
import { useOverview } from '@/stores/overview'
import { usePrompts } from '@/stores/prompts'
import { useSession } from '@/stores/session'
import { useThresholds } from '@/stores/thresholds'
import { aThreshold, anAlert, fakeRest, FakeWire, type Asked } from './fakes'

const PERMISSIONS = ['monitoring.view_alert', 'monitoring.change_alert', 'monitoring.view_threshold']
let router: Router
let wire: FakeWire
let asked: Asked[]

function logIn(permissions: string[], isStaff = false): void {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions, language: 'en', environment: 'simulated', is_staff: isStaff,
  })}</script>`
}

function show(component: object, props: object = {}): VueWrapper {
  return mount(component, { props, attachTo: document.body, global: { plugins: [router] } })
}

beforeEach(async () => {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', redirect: '/app/overview' },
      { path: '/app/overview', name: 'overview', component: OverviewPage },
      { path: '/app/alerts/:id?', name: 'alerts', component: AlertsPage },
      { path: '/app/flow/:part(sessions|problems)?', name: 'flow', component: FlowPage },
    ],
  })
  asked = fakeRest(({ path }) =>
    /^alerts\/[^/]+$/.test(path) ? anAlert(2) : { next: null, results: path === 'alerts' ? [anAlert(2), anAlert(1)] : [] },
  )
  logIn(PERMISSIONS)
  await useSession().load()
  wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
})

async function seriousFaults(): Promise<string[]> {
  const rules = { region: { enabled: false }, 'color-contrast': { enabled: false } }
  const { violations } = await axe.run(document.body, { rules })
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)
}

test('the filter comes from the address', async () => {
  await router.push('/app/alerts?level=limit&rule=P01')
  show(AlertsPage)
  await flushPromises()
  expect(asked.find(({ path }) => path === 'alerts')?.params.toString()).toBe('level=limit&rule=P01')
})

test('narrowing writes the address and fetches what fits', async () => {
  await router.push('/app/alerts')
  const page = show(AlertsPage)
  await flushPromises()
  await page.find('[data-testid="filter-account"] input, input[data-testid="filter-account"]').setValue('A1')
  await page.find('[data-testid="filter-account"] input, input[data-testid="filter-account"]').trigger('change')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ account: 'A1' })
  expect(asked.at(-1)?.params.get('account')).toBe('A1')
})

test('an alert in the address opens its evidence', async () => {
  await router.push(`/app/alerts/${anAlert(2).id}`)
  const page = show(AlertsPage)
  await flushPromises()
  expect(page.find('[data-testid="evidence"]').text()).toContain('Slow down.')
  expect(page.find('[data-testid="acknowledge"]').exists()).toBe(true)
})

test('who may not handle alerts is not offered it', async () => {
  logIn(['monitoring.view_alert'])
  await useSession().load()
  await router.push(`/app/alerts/${anAlert(2).id}`)
  const page = show(AlertsPage)
  await flushPromises()
  expect(page.find('[data-testid="acknowledge"]').exists()).toBe(false)
  expect(page.text()).toContain('Your role may look at alerts')
})

test.each([true, false])('the way to the record is shown to who may enter the administration: %s', async (isStaff) => {
  logIn(PERMISSIONS, isStaff)
  await useSession().load()
  await router.push(`/app/alerts/${anAlert(2).id}`)
  const page = show(AlertsPage)
  await flushPromises()
  const links = page.findAll('.admin-link').map((link) => link.attributes('href'))
  expect(links).toEqual(isStaff ? [`/admin/monitoring/alert/${anAlert(2).id}/change/`] : [])
})

test('a long name of an indicator breaks between its words', async () => {
  await router.push(`/app/alerts/${anAlert(2).id}`)
  const page = show(AlertsPage)
  await flushPromises()
  expect(page.find('.readings td .indicator').text()).toBe('submissions_\u200b1s')
})

test('a table of ten thousand alerts draws only what is on the screen', () => {
  const alerts = Array.from({ length: 10_000 }, (_, place) => anAlert(10_000 - place))
  const table = show(AlertTable, { alerts, openId: '' })
  expect(table.findAll('[data-testid="alert-row"]').length).toBeLessThan(60)
  expect(table.find('[role="grid"]').attributes('aria-rowcount')).toBe('10001')
})

test('arrows move between alerts and Enter opens one', async () => {
  const table = show(AlertTable, { alerts: [anAlert(3), anAlert(2), anAlert(1)], openId: '' })
  const grid = table.find('[role="grid"]')
  await grid.trigger('focus')
  await grid.trigger('keydown', { key: 'ArrowDown' })
  expect(grid.attributes('aria-activedescendant')).toBe(`row-${anAlert(2).id}`)
  await grid.trigger('keydown', { key: 'End' })
  await grid.trigger('keydown', { key: 'ArrowDown' })
  await grid.trigger('keydown', { key: 'Enter' })
  expect(table.emitted('open')).toEqual([[anAlert(1).id]])
})

test('everything live is marked stale when the connection goes, in words as well', async () => {
  await router.push('/app/overview')
  const page = show(OverviewPage)
  const strip = show(ConnectionStrip)
  wire.cut(4008)
  await nextTick()
  expect(page.findAll('.panel.stale').length).toBe(page.findAll('.panel').length)
  expect(page.find('.stale-words').text()).toMatch(/^Stale since \d\d:\d\d:\d\d$/)
  expect(strip.text()).toContain('did not keep up')
})

test('empty tables say why they are empty and what fills them', async () => {
  await router.push('/app/overview')
  const page = show(OverviewPage)
  expect(page.text()).toContain('Waiting for the first report of the running system.')
  useOverview().healthArrived({ as_of_ns: '1795400045000000000', session: null, feeds: [], stages: [], processes: [] })
  await nextTick()
  expect(page.text()).toContain('No order feed is running. Start one with the system, or replay a capture.')
})

test('a role without alerts is told so', async () => {
  await router.push('/app/overview')
  const page = show(OverviewPage)
  wire.says({ reply: 'subscribe', topics: {}, refused: { health: 'permission' } })
  await nextTick()
  expect(page.text()).toContain('Your role sees no alerts')
})

test('who may not see alerts reads why in their list, and nothing is asked for', async () => {
  logIn([])
  await useSession().load()
  await router.push('/app/alerts')
  const page = show(AlertsPage)
  await flushPromises()
  expect(page.text()).toContain('Your role sees no alerts')
  expect(asked).toEqual([])
})

test('who comes to the alerts by a key has them under the arrows', async () => {
  await router.push('/app/overview')
  const page = show(App)
  for (const key of ['g', 'a']) window.dispatchEvent(new KeyboardEvent('keydown', { key }))
  await flushPromises()
  expect(document.activeElement).toBe(page.find('[role="grid"]').element)
})

test('who comes to the order flow by a key has it under the arrows', async () => {
  await router.push('/app/overview')
  const page = show(App)
  for (const key of ['g', 'f']) window.dispatchEvent(new KeyboardEvent('keydown', { key }))
  await flushPromises()
  expect(document.activeElement).toBe(page.find('[role="grid"][data-testid="events"]').element)
})

test('a critical prompt cannot be put away, only handled', async () => {
  await router.push('/app/overview')
  const stack = show(PromptStack)
  useAlerts().receive({ change: 'raised', alert: anAlert(5, { level: 'limit' }) })
  await nextTick()
  const card = stack.find('[data-testid="prompt"]')
  expect(card.attributes('role')).toBe('alert')
  await card.trigger('keydown', { key: 'Escape' })
  expect(usePrompts().shown).toHaveLength(1)
  await stack.find('[data-testid="prompt-acknowledge"]').trigger('click')
  wire.answers({ ok: true, data: anAlert(5, { level: 'limit', state: 'acknowledged' }) })
  await flushPromises()
  expect(usePrompts().shown).toHaveLength(0)
})

test('switching the language tells the server and changes every word', async () => {
  await router.push('/app/overview')
  const header = show(AppHeader)
  await header.find('[data-testid="language"]').trigger('click')
  await flushPromises()
  expect(header.text()).toContain('总览')
  expect(document.documentElement.lang).toBe('zh-hans')
  expect(asked.at(-1)).toMatchObject({ path: 'session/language', body: { language: 'zh-hans' } })
})

test('nothing serious is found by axe', async () => {
  useThresholds().allFetched([aThreshold()])
  await router.push(`/app/alerts/${anAlert(2).id}`)
  show(AppHeader)
  show(OverviewPage)
  show(AlertsPage)
  show(PromptStack)
  useAlerts().receive({ change: 'raised', alert: anAlert(5, { level: 'limit' }) })
  await flushPromises()
  expect(await seriousFaults()).toEqual([])
})
