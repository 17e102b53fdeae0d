import axe from 'axe-core'
import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import EvidenceOrders from '@/components/EvidenceOrders.vue'
import FlowTable from '@/components/FlowTable.vue'
import HexDump from '@/components/HexDump.vue'
import { fitsEvent } from '@/domain/flowFilter'
import { newestFirst } from '@/domain/flowList'
import { hexLines, hexText } from '@/domain/hexDump'
import { i18n } from '@/i18n'
import { receivers } from '@/live/receivers'
import FlowPage from '@/pages/FlowPage.vue'
import { useConnection } from '@/stores/connection'
import { LIVE_ROWS_MAX, useFlow } from '@/stores/flow'
import { useSession } from '@/stores/session'
import { anAlert, anEvent, aProblem, aSession, fakeRest, FakeWire, Refusal, settled, someOrders, type Asked } from './fakes'

let router: Router
let wire: FakeWire
let asked: Asked[]
let seq = 0

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'ops', roles: ['ops'], permissions, language: 'en', environment: 'simulated', is_staff: true,
  })}</script>`
  await useSession().load()
}

function says(topic: string, data: object): void {
  wire.says({ topic, seq: ++seq, data })
}

async function open(path: string): Promise<VueWrapper> {
  await router.push(path)
  const page = mount(FlowPage, { attachTo: document.body, global: { plugins: [router] } })
  const kinds = ['orders', 'sessions', 'problems', 'health'].map((name) => [name, { kind: 'state', seq: 0 }])
  wire.says({ reply: 'subscribe', topics: Object.fromEntries(kinds), refused: {} })
  await flushPromises()
  return page
}

const shownEvents = (page: VueWrapper) => page.findAll('[data-testid="event-row"]').map((row) => row.attributes('data-event')?.split('.')[2])

beforeEach(async () => {
  seq = 0
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/app/flow/:part(sessions|problems)?', name: 'flow', component: FlowPage },
      { path: '/:rest(.*)', name: 'overview', component: FlowPage },
    ],
  })
  asked = fakeRest(({ path }) => {
    if (path.endsWith('/export')) return new Refusal(429, 'not now')
    if (path === 'orders') return { next: null, results: [anEvent(2), anEvent(1)] }
    return { next: null, results: path === 'problems' ? [aProblem(2), aProblem(1)] : [] }
  })
  await logIn(['monitoring.view_alert'])
  const ours = (wire = new FakeWire())
  useConnection().start(receivers(), () => ours)
  wire.open()
})

enableAutoUnmount(afterEach)

/** A socket left open would ask for another wire in the middle of the next test. */
afterEach(() => {
  useConnection().stop()
})

describe('lists of what happened', () => {
  test('stand newest first, each once, and no longer than their limit', () => {
    const known = [anEvent(3), anEvent(1)]
    const all = newestFirst(known, [anEvent(2), anEvent(3), anEvent(4)], ({ time_ns }) => time_ns, 3)
    expect(all.map(({ id }) => id.split('.')[2])).toEqual(['4', '3', '2'])
  })

  test('stay the same list when nothing new came', () => {
    const known = [anEvent(1)]
    expect(newestFirst(known, [anEvent(1)], ({ time_ns }) => time_ns, 3)).toBe(known)
  })

  test('an event fits when every part of the filter does', () => {
    expect(fitsEvent(anEvent(1), { account: 'A1', event: 'order', counter: 'C1', exchange: 'SZSE' })).toBe(true)
    for (const other of [{ account: 'A2' }, { event: 'fill' }, { counter: 'C2' }, { exchange: 'SSE' }, { symbol: '1' }, { ref: 'R9' }]) {
      expect(fitsEvent(anEvent(1), { account: 'A1', ...other })).toBe(false)
    }
  })
})

describe('bytes', () => {
  const text = [...'0123456789abcdefXY'].map((each) => each.charCodeAt(0).toString(16)).join('')

  test('are read with their offset in the stream, in hex and as text', () => {
    expect(hexLines(text, 0x1f0)).toEqual([
      { offset: '000001f0', hex: '30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66', text: '0123456789abcdef' },
      { offset: '00000200', hex: '58 59', text: 'XY' },
    ])
  })

  test('that are hidden or not printable show as such', () => {
    expect(hexLines('00**7f41', 0)[0]).toMatchObject({ hex: '00 ** 7f 41', text: '.*.A' })
  })

  test('are copied as they are shown, and it is said', async () => {
    let copied = ''
    Object.assign(navigator, { clipboard: { writeText: async (said: string) => void (copied = said) } })
    const dump = mount(HexDump, { props: { excerpt: '00**41', position: 16 } })
    await dump.find('[data-testid="copy"]').trigger('click')
    await flushPromises()
    expect(copied).toBe(hexText(hexLines('00**41', 16)))
    expect(copied).toContain('00000010  00 ** 41')
    expect(dump.text()).toContain('Copied.')
    expect(dump.text()).toContain('may hold a password')
  })

  test('that were not kept are explained', () => {
    expect(mount(HexDump, { props: { excerpt: null, position: 16 } }).text()).toContain('No bytes are kept')
  })
})

describe('live events', () => {
  test('gather from report to report, and their number is bounded', () => {
    const flow = useFlow()
    for (let at = 0; at < LIVE_ROWS_MAX + 100; at += 50) {
      flow.arrived(someOrders(Array.from({ length: 50 }, (_, place) => anEvent(at + place))))
    }
    expect(flow.live).toHaveLength(LIVE_ROWS_MAX)
    expect(flow.live[0]?.id).toBe(anEvent(LIVE_ROWS_MAX + 99).id)
  })

  test('say that they are a sample when there are more', async () => {
    const page = await open('/app/flow')
    says('orders', someOrders([anEvent(2), anEvent(1)], { orders_per_second: 1500, reports_per_second: 480, cancels_per_second: 33 }))
    await nextTick()
    expect(page.find('[data-testid="sample"]').text()).toContain('Showing the newest 2 of 2,013 a second.')
    says('orders', someOrders([anEvent(3)]))
    await nextTick()
    expect(page.find('[data-testid="sample"]').text()).toContain('Every event is shown: 1 a second.')
  })

  test('that fit the filter of the address are shown', async () => {
    const page = await open('/app/flow?account=A2&event=fill')
    says('orders', someOrders([anEvent(3, { account: 'A2', event: 'fill' }), anEvent(2, { account: 'A2' }), anEvent(1, { event: 'fill' })]))
    await nextTick()
    expect(shownEvents(page)).toEqual(['3'])
    expect(asked.filter(({ path }) => path === 'orders')).toEqual([])
  })

  test('stand still while they are paused, and what came is counted', async () => {
    const page = await open('/app/flow')
    says('orders', someOrders([anEvent(1)]))
    await nextTick()
    await page.find('[data-testid="pause"]').trigger('click')
    says('orders', someOrders([anEvent(3), anEvent(2), anEvent(1)]))
    await nextTick()
    expect(shownEvents(page)).toEqual(['1'])
    expect(page.find('[data-testid="pause"]').text()).toBe('Continue (2 new)')
    await page.find('[role="grid"]').trigger('keydown', { key: ' ' })
    expect(shownEvents(page)).toEqual(['3', '2', '1'])
    expect(page.find('[data-testid="pause"]').text()).toBe('Pause')
  })

  test('are marked stale when the connection goes, and go on when it is back', async () => {
    const page = await open('/app/flow')
    says('orders', someOrders([anEvent(1)]))
    wire.cut(4008)
    await nextTick()
    expect(page.find('.panel.stale .stale-words').text()).toMatch(/^Stale since \d\d:\d\d:\d\d$/)
    expect(shownEvents(page)).toEqual(['1'])
    useConnection().stop()
    const again = new FakeWire()
    useConnection().start(receivers(), () => again)
    again.open()
    await nextTick()
    expect(page.find('.stale-words').exists()).toBe(false)
  })

  test('that are missing say why the table is empty', async () => {
    const page = await open('/app/flow')
    expect(page.text()).toContain('No orders yet.')
    says('orders', someOrders([anEvent(1)]))
    await router.replace('/app/flow?account=nobody')
    await nextTick()
    expect(page.text()).toContain('None of the newest events fits the filter.')
  })

  test('of any number draw only what is on the screen', () => {
    const events = Array.from({ length: 10_000 }, (_, place) => anEvent(10_000 - place))
    const table = mount(FlowTable, { props: { events }, attachTo: document.body })
    expect(table.findAll('[data-testid="event-row"]').length).toBeLessThan(60)
    expect(table.find('[role="grid"]').attributes('aria-rowcount')).toBe('10001')
  })

  test('are walked through by keys, and Enter shows the life of an order', async () => {
    const page = await open('/app/flow')
    says('orders', someOrders([anEvent(2, { event: 'cancel', order_ref: 'C2', cancel_of: 'R1' }), anEvent(1)]))
    await nextTick()
    const grid = page.find('[role="grid"]')
    await grid.trigger('focus')
    expect(grid.attributes('aria-activedescendant')).toBe(`event-${anEvent(2).id}`)
    await grid.trigger('keydown', { key: 'Enter' })
    await flushPromises()
    expect(router.currentRoute.value.query).toEqual({ ref: 'R1', account: 'A1', stored: '1' })
  })
})

describe('stored orders', () => {
  test('are asked for by the filter of the address', async () => {
    const page = await open('/app/flow?stored=1&ref=R1&day=2026-11-23')
    const question = asked.find(({ path }) => path === 'orders')
    expect(Object.fromEntries(question?.params ?? [])).toEqual({ ref: 'R1', day: '2026-11-23' })
    expect(shownEvents(page)).toEqual(['2', '1'])
  })

  test('come page after page', async () => {
    asked = fakeRest(({ params }) =>
      params.get('cursor') ? { next: null, results: [anEvent(1)] } : { next: 'abc', results: [anEvent(2)] },
    )
    const page = await open('/app/flow?stored=1')
    await flushPromises()
    await settled()
    expect(asked.map(({ params }) => params.get('cursor'))).toEqual([null, 'abc'])
    expect(shownEvents(page)).toEqual(['2', '1'])
  })

  test('that cannot be fetched say why and can be asked for again', async () => {
    asked = fakeRest(() => new Refusal(503, 'not now'))
    const page = await open('/app/flow?stored=1')
    expect(page.text()).toContain('This did not work: not now')
    fakeRest(() => ({ next: null, results: [anEvent(1)] }))
    await page.findAll('button').find((button) => button.text() === 'Try again')?.trigger('click')
    await flushPromises()
    expect(shownEvents(page)).toEqual(['1'])
  })

  test('narrowing writes the address, and a day is asked of what is stored', async () => {
    const page = await open('/app/flow')
    await page.find('input[data-testid="filter-account"]').setValue('A7')
    await page.find('input[data-testid="filter-account"]').trigger('change')
    await flushPromises()
    expect(router.currentRoute.value.query).toEqual({ account: 'A7' })
    await page.find('[data-testid="stored"]').trigger('click')
    await flushPromises()
    expect(router.currentRoute.value.query).toEqual({ account: 'A7', stored: '1' })
    expect(asked.at(-1)?.params.get('account')).toBe('A7')
  })

  test('are exported by the filter, and what is live is not', async () => {
    const page = await open('/app/flow?account=A1')
    expect(page.find('[data-testid="export-csv"]').exists()).toBe(false)
    await router.replace('/app/flow?account=A1&stored=1')
    await flushPromises()
    await page.find('[data-testid="export-csv"]').trigger('click')
    const question = asked.find(({ path }) => path === 'orders/export')
    expect(Object.fromEntries(question?.params ?? [])).toEqual({ account: 'A1', kind: 'csv' })
  })

  test('are where the references of an alert lead to', async () => {
    fakeRest(() => ({ next: null, results: [] }))
    const drawer = mount(EvidenceOrders, { props: { alert: anAlert(1) }, global: { plugins: [router] } })
    await flushPromises()
    const [first] = drawer.findAll('.refs a')
    expect(first?.text()).toBe('R1')
    expect(first?.attributes('href')).toBe('/app/flow?stored=1&ref=R1&day=2026-11-23')
  })
})

describe('sessions', () => {
  test('show protocol, health and what is wrong with them', async () => {
    const page = await open('/app/flow/sessions')
    says('sessions', { as_of_ns: 1, total: 412, sessions: [aSession({ gaps: 2, lost_bytes: 121, problems: 3 }), aSession({ conn: 'x>y', state: 'half' })] })
    await nextTick()
    const rows = page.findAll('[data-testid="sessions"] tbody tr')
    expect(rows[0]?.text()).toContain('10.0.0.1:1')
    expect(rows[0]?.text()).toContain('szse')
    expect(rows[0]?.text()).toContain('Open')
    expect(rows[1]?.text()).toContain('One side only')
    expect(page.find('[data-testid="session-count"]').text()).toBe('2 shown of 412, last heard first')
    expect(rows[0]?.find('a').attributes('href')).toBe('/app/flow/problems?conn=10.0.0.1:1%3E10.0.0.2:2')
  })

  test('are narrowed by the address', async () => {
    const page = await open('/app/flow/sessions?protocol=tds')
    says('sessions', { as_of_ns: 1, total: 2, sessions: [aSession(), aSession({ protocol: 'tds', conn: 'x>y' })] })
    await nextTick()
    expect(page.findAll('[data-testid="sessions"] tbody tr')).toHaveLength(1)
  })

  test('that are missing say why', async () => {
    const page = await open('/app/flow/sessions')
    expect(page.text()).toContain('Waiting for the first report')
    says('sessions', { as_of_ns: 1, total: 0, sessions: [] })
    await nextTick()
    expect(page.text()).toContain('No TCP session has been heard.')
  })
})

describe('problems', () => {
  test('open to their bytes by click and by key', async () => {
    const page = await open('/app/flow/problems')
    const [first, second] = page.findAll('[data-testid="problem-row"]')
    await first?.trigger('click')
    expect(page.find('[data-testid="hex"]').text()).toContain('000000e1')
    expect(page.find('[data-testid="problem-detail"]').text()).toContain('Byte 225 (0xe1) of the stream')
    await second?.trigger('keydown', { key: 'Enter' })
    expect(page.findAll('[data-testid="problem-detail"]')).toHaveLength(1)
    await second?.trigger('keydown', { key: 'Enter' })
    expect(page.find('[data-testid="problem-detail"]').exists()).toBe(false)
  })

  test('that come live stand on top, if they fit the filter', async () => {
    const page = await open('/app/flow/problems?problem=gap')
    says('problems', { as_of_ns: 1, newest: [aProblem(4, { problem: 'gap' }), aProblem(3), aProblem(2), aProblem(1)] })
    await nextTick()
    const ids = page.findAll('[data-testid="problem-row"]').map((row) => row.attributes('data-problem')?.split('.')[3])
    expect(ids).toEqual(['4', '2', '1'])
  })

  test('are fetched again when more came than were reported', async () => {
    await open('/app/flow/problems')
    const before = asked.length
    says('problems', { as_of_ns: 1, newest: [aProblem(900), aProblem(899)] })
    await flushPromises()
    expect(asked.length).toBe(before + 1)
  })

  test('are exported by the filter', async () => {
    const page = await open('/app/flow/problems?problem=gap')
    await page.find('[data-testid="export-xlsx"]').trigger('click')
    const question = asked.find(({ path }) => path === 'problems/export')
    expect(Object.fromEntries(question?.params ?? [])).toEqual({ problem: 'gap', kind: 'xlsx' })
  })

  test('of the exchange have no place in a stream', async () => {
    fakeRest(() => ({ next: null, results: [aProblem(1, { problem: 'reject', position: null, excerpt: null, direction: null })] }))
    const page = await open('/app/flow/problems')
    await page.find('[data-testid="problem-row"]').trigger('click')
    expect(page.text()).toContain('The exchange refused this')
  })
})

test('who may not see the order flow reads why, and nothing is asked for', async () => {
  await logIn([])
  const page = await open('/app/flow?stored=1')
  expect(page.text()).toContain('Your role sees no alerts and no order flow.')
  expect(asked).toEqual([])
})

test('every part speaks Chinese', async () => {
  i18n.global.locale.value = 'zh'
  const page = await open('/app/flow/problems')
  expect(page.find('nav').text()).toBe('事件会话问题')
  expect(page.text()).toContain('校验和错误')
})

test.each(['', '/sessions', '/problems'])('nothing serious is found by axe in the part "%s"', async (part) => {
  const page = await open(`/app/flow${part}`)
  says('orders', someOrders([anEvent(1)]))
  says('sessions', { as_of_ns: 1, total: 1, sessions: [aSession({ problems: 1 })] })
  await nextTick()
  if (part === '/problems') await page.find('[data-testid="problem-row"]').trigger('click')
  const rules = { region: { enabled: false }, 'color-contrast': { enabled: false } }
  const { violations } = await axe.run(document.body, { rules })
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
})
