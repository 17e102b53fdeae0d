import axe from 'axe-core'
import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { CellFields, PanelHead } from '@/api/quoting'
import QuoteCell from '@/components/QuoteCell.vue'
import QuoteDigits from '@/components/QuoteDigits.vue'
import { receivers } from '@/live/receivers'
import QuotesPage from '@/pages/QuotesPage.vue'
import { useConnection } from '@/stores/connection'
import { useQuotes } from '@/stores/quotes'
import { useSession } from '@/stores/session'
import { fakeRest, FakeWire } from './fakes'
import { aCell, aHead, aTile, ASK, BID, PAIR, somePanel, someTiles, wholeOf } from './quoteFakes'

const TRADER = ['quoting.view_pair', 'quoting.quote', 'quoting.stop_quoting', 'quoting.view_strategy', 'quoting.change_strategy', 'quoting.view_deal']
const TOPIC = `quotes.${PAIR}`
const DONE = { refused: [], opened: [], withdrawn: [], took_ns: 90_000 }
const NOW_MS = 1_700_000_000_000
/** A page hears keys of the whole window. */
enableAutoUnmount(afterEach)
let wire: FakeWire
let router: Router
let seq = 0
const tell = (topic: string, data: object) => wire.says({ topic, seq: ++seq, data })
const sent = (name: string) => wire.sent.filter((each) => each.op === 'command' && each.name === `quoting.${name}`).map(({ args }) => args as Record<string, unknown>)
const touches = () => sent('touch').map(({ gesture, side, level, value }) => [gesture, side, level, value].filter((each) => each !== undefined).join(' '))

function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({ user: 'mary', roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false })}</script>`
  return useSession().load()
}

function showCell(cell: Partial<CellFields>, props: object = {}, head: Partial<PanelHead> = {}): VueWrapper {
  return mount(QuoteCell, { props: { cell: aCell(cell), head: aHead(head), isEdited: false, isFocusable: true, mayQuote: true, offersAuto: false, nowMs: NOW_MS, skewMs: 0, ...props } })
}

async function showDesk(changes: Parameters<typeof somePanel>[0] = {}, head: Partial<PanelHead> = {}): Promise<VueWrapper> {
  await router.push(`/app/quotes/${PAIR}`)
  const page = mount(QuotesPage, { attachTo: document.body, global: { plugins: [router] } })
  wire.says({ reply: 'subscribe', topics: { quotes: { kind: 'state', seq }, [TOPIC]: { kind: 'state', seq } }, refused: {} })
  tell('quotes', someTiles(aTile(), aTile({ pair: 'EUR.USD', states: { live: 2, stopped: 6 }, tickets: 1 })))
  tell(TOPIC, wholeOf(somePanel(changes, head)))
  await flushPromises()
  return page
}

afterEach(() => useConnection().stop())

beforeEach(async () => {
  fakeRest(() => ({ next: null, results: [] }))
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/app/quotes/:pair?', name: 'quotes', component: QuotesPage }] })
  await logIn(TRADER)
  const own = (wire = new FakeWire())
  useConnection().start(receivers(), () => own)
  wire.open()
})

describe('a cell', () => {
  test.each([
    [{ state: 'live' }, 'Live', ''],
    [{ state: 'stopped', reason: 'stopped', published: null }, 'Stopped', ''],
    [{ state: 'invalid', reason: 'price_band', published: null }, 'Invalid', 'Outside the price band'],
    [{ state: 'stale', reason: 'stale', published: null }, 'Stale', 'Prices of the source are too old'],
    [{ state: 'pending', target: BID + 1 }, 'Sent, not confirmed', 'to be 6.4689'],
    [{ state: 'withdrawing', reason: 'cleared' }, 'Withdrawing', 'Withdrawn and cleared'],
    [{ state: 'unknown', reason: 'channel_down', published: null }, 'Unknown', 'The channel is down'],
    [{ state: 'stopped', reason: 'manual_ttl', published: null }, 'Stopped', 'Manual price ran out of time'],
  ] as [Partial<CellFields>, string, string][])('says its state in words: %o', (cell, state, foot) => {
    const shown = showCell(cell)
    expect(shown.get('[data-testid="state"]').text()).toBe(state)
    expect(shown.get('.foot').text()).toBe(foot)
    expect(shown.classes()).toContain(`quote-${cell.state}`)
    expect(shown.classes('has-live')).toBe(cell.published !== null)
    expect(shown.attributes('aria-label')).toContain(`Bid BEST: 6.4688, ${state}`)
  })

  test('shows large what the counterparty has, and not what it is to get', () => {
    expect(showCell({ state: 'pending', price: BID + 1, target: BID + 1 }).get('.price').text()).toBe('6.4688')
  })

  test('has a badge where its spread was adjusted, and none elsewhere', () => {
    expect(showCell({ spread_adjust: 3 }).get('[data-testid="adjust"]').text()).toBe('+3')
    expect(showCell({}).find('[data-testid="adjust"]').exists()).toBe(false)
  })

  test('counts a manual price down by the clock of the server, and keeps it', async () => {
    const shown = showCell({ mode: 'manual', expires_ns: String(BigInt(NOW_MS + 25_000) * 1_000_000n) }, { skewMs: 5_000, offersAuto: true })
    expect(shown.get('[data-testid="left"]').text()).toBe('0:20')
    expect(shown.get('[data-testid="left"]').classes()).toContain('soon')
    await shown.get('[data-testid="keep"]').trigger('click')
    await shown.get('[data-testid="auto"]').trigger('click')
    expect(shown.emitted('touch')).toEqual([['keep']])
    expect(shown.emitted('auto')).toHaveLength(1)
  })

  test('has arrows, X, and Pause or Bid on its inner side', async () => {
    const live = showCell({})
    await live.get('[data-testid="nudge-up"]').trigger('click')
    await live.get('[data-testid="nudge-down"]').trigger('click', { shiftKey: true })
    await live.get('[data-testid="clear"]').trigger('click')
    await live.get('[data-testid="pause"]').trigger('click')
    expect(live.emitted('nudge')).toEqual([[1, false], [-1, true]])
    expect(live.emitted('touch')).toEqual([['clear'], ['stop']])
    const stopped = showCell({ state: 'stopped', published: null })
    await stopped.get('[data-testid="bid"]').trigger('click')
    expect(stopped.emitted('touch')).toEqual([['start']])
  })

  test('has an arrow by shape and colour only where its price moved', () => {
    expect(showCell({}).get('.move').text()).toBe('')
    const seen = { move: 'down', atMs: NOW_MS - 1_500 }
    expect(showCell({}, { seen }).get('.move').text()).toBe('▼')
    expect(showCell({}, { seen }).get('.move').classes()).toContain('down')
    expect(showCell({}, { seen }).get('.age').text()).toBe('1.5 s')
  })

  test('says what was refused', () => {
    const refused = { pair: PAIR, gesture: 'nudge', reason: 'no_effect', side: 'bid', level: 0, value: null, limit: null }
    expect(showCell({}, { refused }).get('[data-testid="refusal"]').text()).toBe('Nudge: Without effect')
  })

  test('says who else types', () => expect(showCell({ is_editing: true }).text()).toContain('somebody types'))

  test('offers nothing to who may only look', () => {
    const shown = showCell({ expires_ns: '1700000100000000000' }, { mayQuote: false })
    expect(shown.findAll('button').every((button) => button.attributes('disabled') !== undefined)).toBe(true)
    expect(shown.find('[data-testid="keep"]').exists()).toBe(false)
  })
})

test('key digits stand out of the exact price', () => {
  const shown = mount(QuoteDigits, { props: { ticks: 1_186_425, digits: { decimals: 5, key_start: 2, key_len: 2, fraction_len: null, big_figure_len: 1 } } })
  expect(shown.text()).toBe('11.86425')
  expect(shown.get('b').text()).toBe('42')
})

describe('the page', () => {
  const cellAt = (page: VueWrapper, key: string) => page.get(`[data-cell="${key}"]`)
  const press = (page: VueWrapper, key: string, pressed: string, more: object = {}) => cellAt(page, key).trigger('keydown', { key: pressed, ...more })

  test('draws pair, trade type, value date, aggregation, source, provider with its prices', async () => {
    const page = await showDesk()
    const head = page.get('.quote-head').text()
    for (const part of [PAIR, 'ESP', '2026-11-25', 'BEST', 'Feed', 'BCHO', '6.4688', '6.4701', 'Limits', 'Deal mode', 'Spread', 'Details', 'START ALL', 'STOP ALL']) expect(head).toContain(part)
    expect(page.findAll('.quote-row')).toHaveLength(4)
    expect(page.findAll('.quote-size').map((each) => each.text())).toEqual(['BEST1M', '1M', '5M', '10M', ''])
  })

  test('tiles tell states and no prices', async () => {
    const page = await showDesk()
    const tile = page.get('[data-testid="tile-EUR.USD"]')
    expect(tile.text()).toBe('EUR.USD1 ticket2 live6 stopped')
    await tile.trigger('click')
    await flushPromises()
    expect(router.currentRoute.value.params.pair).toBe('EUR.USD')
    expect(wire.sent.map(({ op, topics }) => `${op} ${topics}`)).toEqual(expect.arrayContaining([`unsubscribe ${TOPIC}`, 'subscribe quotes.EUR.USD']))
    expect(page.get('[data-testid="quote-panel"]').text()).toContain('has not told this pair yet')
  })

  test('without a pair in the address the first one opens', async () => {
    await router.push('/app/quotes')
    mount(QuotesPage, { global: { plugins: [router] } })
    wire.says({ reply: 'subscribe', topics: { quotes: { kind: 'state', seq } }, refused: {} })
    tell('quotes', someTiles(aTile()))
    await flushPromises()
    expect(router.currentRoute.value.params.pair).toBe(PAIR)
  })

  test('arrows lead from cell to cell; one of them takes the Tab key', async () => {
    const page = await showDesk()
    const focused = () => (document.activeElement as HTMLElement).dataset.cell
    cellAt(page, 'bid 0').element.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }))
    const way: [string, string][] = [['ArrowRight', 'ask 0'], ['ArrowDown', 'ask 1'], ['ArrowLeft', 'bid 1'], ['ArrowUp', 'bid 0'], ['ArrowUp', 'bid 0']]
    for (const [key, next] of way) {
      await press(page, focused() ?? '', key)
      expect(focused()).toBe(next)
    }
    expect(page.findAll('.quote-cell[tabindex="0"]')).toHaveLength(1)
  })

  test('keys nudge, start and stop, withdraw, keep and go to automatic', async () => {
    const page = await showDesk({ 1: { state: 'stopped', published: null }, 2: { mode: 'manual', expires_ns: '1700000100000000000' } }, { step: 5 })
    await press(page, 'bid 0', '+')
    await press(page, 'bid 0', '-')
    await press(page, 'bid 0', '_', { shiftKey: true })
    await press(page, 'bid 0', ' ')
    await press(page, 'ask 0', ' ')
    await press(page, 'ask 0', 'Delete')
    await press(page, 'bid 1', 'k')
    await press(page, 'bid 1', 'a')
    await press(page, 'bid 2', 'a')
    await press(page, 'bid 0', 'a')
    expect(touches()).toEqual(['nudge bid 0 5', 'nudge bid 0 -5', 'nudge bid 0 -50', 'stop bid 0', 'start ask 0', 'clear ask 0', 'keep bid 1', 'auto bid 1', 'auto bid'])
  })

  test('the wheel nudges the cell that has the focus, and no other', async () => {
    const page = await showDesk()
    const turn = (key: string, deltaY: number) => cellAt(page, key).element.dispatchEvent(new WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true }))
    turn('bid 0', -100)
    ;(cellAt(page, 'bid 0').element as HTMLElement).focus()
    turn('ask 0', -100)
    turn('bid 0', -100)
    turn('bid 0', 30)
    turn('bid 0', 30)
    expect(touches()).toEqual(['nudge bid 0 1', 'nudge bid 0 -1'])
  })

  test('header buttons act on a side, on the pair, on the source', async () => {
    const page = await showDesk()
    for (const name of ['pause-bid', 'resume-ask', 'start-all', 'stop-all', 'feed', 'tool-dealMode']) await page.get(`[data-testid="${name}"]`).trigger('click')
    expect(touches()).toEqual(['stop bid', 'start ask', 'start', 'stop'])
    expect(sent('feed')).toEqual([{ pair: PAIR, source: 'CMDSB' }])
    expect(sent('deal_mode')).toEqual([{ pair: PAIR, mode: 'manual' }])
  })

  test('a double-click edits, Enter saves, and the focus returns to the cell', async () => {
    const page = await showDesk()
    await cellAt(page, 'ask 2').trigger('dblclick')
    const field = page.get<HTMLInputElement>('[data-testid="draft"]')
    expect(field.element.value).toBe('6.4701')
    expect(page.get('[data-testid="what"]').text()).toContain('Enter: save and publish · makes the cell manual')
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'ask', level: 2, price: ASK, publishes: true }] } })
    tell(TOPIC, { cells: [[5, { is_editing: true }]] })
    await flushPromises()
    await field.setValue('6.47')
    await field.trigger('keydown', { key: 'Enter' })
    expect(touches()).toEqual(['double_click ask 2', 'enter ask 2 64700'])
    wire.answers({ ok: true, data: DONE })
    await flushPromises()
    expect(page.find('[data-testid="draft"]').exists()).toBe(false)
    expect((document.activeElement as HTMLElement).dataset.cell).toBe('ask 2')
  })

  test('the editor warns where the live price was withdrawn meanwhile, and says what Enter does then', async () => {
    const page = await showDesk()
    await press(page, 'bid 0', 'Enter')
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'bid', level: 0, price: BID, publishes: true }] } })
    tell(TOPIC, { cells: [[0, { is_editing: true }]] })
    await flushPromises()
    expect(page.find('[data-testid="withdrawn"]').exists()).toBe(false)
    tell(TOPIC, { cells: [[0, BID + 7]] })
    await nextTick()
    expect(page.get('.quote-editor .live').text()).toBe('live 6.4695')
    expect(page.get<HTMLInputElement>('[data-testid="draft"]').element.value).toBe('6.4688')
    tell(TOPIC, { cells: [[0, { state: 'stopped', reason: 'dead_man', published: null, target: null }]] })
    await nextTick()
    expect(page.get('[data-testid="withdrawn"]').text()).toContain('6.4688 was withdrawn meanwhile: The trader’s screen gave no sign of life')
    expect(page.get('[data-testid="what"]').text()).toContain('Enter: save only, the cell is stopped')
    expect(page.get('[data-testid="what"]').text()).toContain('Ctrl+Enter: save and start')
    await page.get('[data-testid="draft"]').trigger('keydown', { key: 'Enter', ctrlKey: true })
    expect(touches().at(-1)).toBe('enter_start bid 0 64688')
  })

  test('to start a cell without a price is to be asked for one', async () => {
    const page = await showDesk({ 0: { state: 'stopped', mode: 'manual', price: null, published: null, target: null } })
    await press(page, 'bid 0', ' ')
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'bid', level: 0, price: null, publishes: false }] } })
    tell(TOPIC, { cells: [[0, { is_editing: true }]] })
    await flushPromises()
    expect(touches()).toEqual(['start bid 0'])
    expect(page.get<HTMLInputElement>('[data-testid="draft"]').element.value).toBe('')
    expect(page.get('[data-testid="what"]').text()).toContain('Enter: save only, the cell is stopped')
  })

  test('what is no price is said before anything is sent; Esc cancels', async () => {
    const page = await showDesk()
    await press(page, 'bid 0', 'Enter')
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'bid', level: 0, price: BID, publishes: true }] } })
    await flushPromises()
    const field = page.get('[data-testid="draft"]')
    await field.setValue('6.46881')
    await field.trigger('keydown', { key: 'Enter' })
    expect(page.get('.quote-editor [role="alert"]').text()).toBe('More than 4 decimals.')
    await field.trigger('keydown', { key: 'Escape' })
    expect(touches()).toEqual(['double_click bid 0', 'esc bid 0'])
    expect(page.find('[data-testid="draft"]').exists()).toBe(false)
  })

  test('keys that an input method takes are left to it', async () => {
    const page = await showDesk()
    await press(page, 'bid 0', 'Enter')
    await page.get('[data-testid="draft"]').trigger('keydown', { key: 'Enter', isComposing: true })
    expect(touches()).toEqual(['double_click bid 0'])
  })

  test('a size is typed anew, and a tier is added by the empty panel below', async () => {
    const page = await showDesk()
    await page.findAll('[data-testid="change-size"]')[2]?.trigger('dblclick')
    await page.get('[data-testid="size"]').setValue('7M')
    await page.get('.quote-size form').trigger('submit')
    await page.get('[data-testid="add-ask"]').trigger('dblclick')
    await page.get('[data-testid="new-size"]').setValue('20M')
    await page.get('.quote-add form').trigger('submit')
    expect(sent('resize')).toEqual([{ pair: PAIR, level: 2, size: 7_000_000 }, { pair: PAIR, level: 4, size: 20_000_000 }])
    const more = { level: 4, size: 20_000_000, state: 'stopped', published: null, price: null, target: null } as const
    const panel = somePanel()
    tell(TOPIC, wholeOf({ ...panel, cells: [...panel.cells, aCell(more), aCell({ ...more, side: 'ask' })] }))
    await flushPromises()
    expect(touches()).toEqual(['double_click ask 4'])
    expect(page.get<HTMLInputElement>('[data-testid="draft"]').element.value).toBe('')
  })

  test('a ticket tells the price then and now, and is accepted, requoted or rejected', async () => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
    const until_ns = String(BigInt(NOW_MS + 9_000) * 1_000_000n)
    const page = await showDesk({ 4: { published: BID - 2 } }, { deal_mode: 'manual', tickets: [{ ticket: 'T1', side: 'bid', price: BID, size: 5_000_000, until_ns, party: 'BANK7' }] })
    const ticket = page.get('[data-testid="ticket"]')
    expect(ticket.text()).toContain('BANK7 wants to sell 5M')
    expect(ticket.get('[data-testid="ticket-left"]').text()).toBe('0:09 left')
    expect(ticket.get('[data-testid="ticket-then"]').text()).toBe('6.4688')
    expect(ticket.get('[data-testid="ticket-now"]').text()).toBe('6.4686 −2 ticks')
    expect(ticket.element.contains(document.activeElement)).toBe(false)
    await ticket.get('[data-testid="offer-bid"]').setValue('6.4685')
    await ticket.get('form').trigger('submit')
    wire.answers({ ok: false, error: { title: 'no', status: 503, detail: 'away' } })
    await flushPromises()
    await ticket.get('[data-testid="accept"]').trigger('click')
    wire.answers({ ok: false, error: { title: 'no', status: 503, detail: 'away' } })
    await flushPromises()
    await ticket.get('[data-testid="reject"]').trigger('click')
    expect(sent('ticket')).toEqual([
      { pair: PAIR, ticket: 'T1', accepts: false, bid: 64_685 }, { pair: PAIR, ticket: 'T1', accepts: true }, { pair: PAIR, ticket: 'T1', accepts: false },
    ])
  })

  test('a request for a price is answered by what is typed, else by what is quoted', async () => {
    const until_ns = String(BigInt(Date.now() + 9_000) * 1_000_000n)
    const page = await showDesk({}, { tickets: [{ ticket: 'R1', side: null, price: null, size: 5_000_000, until_ns, party: '' }] })
    await page.get('[data-testid="offer-ask"]').setValue('6.4711')
    await page.get('[data-testid="ticket"] form').trigger('submit')
    expect(sent('ticket')).toEqual([{ pair: PAIR, ticket: 'R1', accepts: true, bid: BID, ask: 64_711 }])
  })

  test('limits are told by scope, with what is used of each', async () => {
    const page = await showDesk()
    await page.get('[data-testid="tool-limits"]').trigger('click')
    await vi.waitFor(() => expect(sent('usage')).toHaveLength(1))
    wire.answers({ ok: true, data: [
      { scope: 'pair', kind: 'net_limit', side: 'bid', used: 19_000_000, limit: 30_000_000 }, { scope: 'trader mary', kind: 'gross_limit', side: null, used: 31_000_000, limit: 30_000_000 },
      { scope: 'trader mary', kind: 'single_limit', side: 'ask', used: 1_234_567, limit: 0 },
    ] })
    await flushPromises()
    const rows = page.findAll('[data-testid="limits"] tbody tr').map((row) => row.text())
    expect(rows).toEqual(['Pair USD.CNY', 'Net Bid19M30M63 %', 'Trader mary', 'All that is quoted 31M30M103 %', 'Single quote Ask1,234,567no limit'])
    expect(page.findAll('[data-testid="limits"] tr.over')).toHaveLength(1)
  })

  test('details tell what adds up to each price', async () => {
    const page = await showDesk()
    await page.get('[data-testid="tool-details"]').trigger('click')
    await vi.waitFor(() => expect(sent('details')).toHaveLength(1))
    wire.answers({ ok: true, data: {
      providers: [{ source: 'CMDSB', name: 'BCHO', quality: 'outlier', bid: BID, ask: ASK, age_ms: 400 }], strategy: 'STD v3', cleansed: [],
      cells: [{ side: 'bid', level: 0, market: BID + 2, addends: [-1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], price: BID }, { side: 'ask', level: 0, market: null, addends: [], price: ASK }],
    } })
    await flushPromises()
    expect(page.get('[data-testid="providers"] tbody').text()).toContain('BCHOCMDSBOutlier6.46886.47010.4 s')
    expect(page.findAll('[data-testid="addends"] th').map((each) => each.text())).toEqual(['', 'Source', 'Base', 'Channel', 'Ours', 'Published'])
    expect(page.findAll('[data-testid="addends"] tbody tr').map((each) => each.text())).toEqual(['BidBEST6.4690−1−16.46886.4688', 'AskBESTmanual6.47016.4701'])
  })

  test('a pair that stopped by itself is released with a reason', async () => {
    const page = await showDesk({}, { latch: { reason: 'loss', at_ns: '1700000000000000000', value: 120, limit: 100, by: '' } })
    expect(page.get('[data-testid="latch"]').text()).toContain('Stopped automatically: Loss limit')
    await page.get('[data-testid="latch"]').trigger('submit')
    expect(sent('release')).toEqual([])
    await page.get('input[data-testid="release-comment"], [data-testid="release-comment"] input').setValue('checked')
    await page.get('[data-testid="latch"]').trigger('submit')
    expect(sent('release')).toEqual([{ pair: PAIR, comment: 'checked' }])
  })

  test('who may only look is offered nothing, but risk may stop the book', async () => {
    await logIn(['quoting.view_pair', 'quoting.stop_quoting'])
    const page = await showDesk()
    await press(page, 'bid 0', ' ')
    await cellAt(page, 'bid 0').trigger('dblclick')
    expect(touches()).toEqual([])
    expect(page.find('[data-testid="add-bid"]').exists()).toBe(false)
    await page.get('[data-testid="stop-book"]').trigger('click')
    expect(sent('stop_all')).toHaveLength(1)
    expect(sent('alive')).toEqual([])
  })

  test('who may not see it is told so, and nothing is subscribed', async () => {
    await logIn([])
    await router.push('/app/quotes')
    const page = mount(QuotesPage, { global: { plugins: [router] } })
    expect(page.text()).toContain('Your role does not see the quote desk.')
    expect(wire.sent.filter(({ op }) => op === 'subscribe')).toEqual([])
  })

  test('without an engine the panel says that it is old', async () => {
    const page = await showDesk()
    tell(TOPIC, { head: { engine: 'away' } })
    await nextTick()
    expect(page.get('[data-testid="quote-panel"]').classes()).toContain('stale')
    expect(page.get('[data-testid="quote-panel"] [role="alert"]').text()).toContain('The quote engine does not answer.')
  })

  test('an engine that cannot begin says why, and one that may quote nothing', async () => {
    const page = await showDesk()
    const said = () => page.find('[data-testid="quote-panel"] [role="alert"]')
    tell('quotes', { engine: 'away', why: 'EUR.USD: no levels' })
    await nextTick()
    expect(said().text()).toBe('The quote engine waits, and quotes nothing: EUR.USD: no levels')
    tell('quotes', { ...someTiles(aTile()), trouble: 'no space left on device' })
    await nextTick()
    expect(said().text()).toBe('Nothing is quoted: no space left on device')
    tell('quotes', someTiles(aTile()))
    await nextTick()
    expect(said().exists()).toBe(false)
  })

  test('has no serious faults for who cannot see or point', async () => {
    await showDesk({ 1: { mode: 'manual', expires_ns: '1700000100000000000' }, 2: { state: 'invalid', reason: 'crossed', published: null } })
    const rules = { region: { enabled: false }, 'color-contrast': { enabled: false } }
    const { violations } = await axe.run(document.body, { rules })
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([])
  })

  test('nothing is asked any more once it is left', async () => {
    vi.useFakeTimers({ now: NOW_MS })
    const page = await showDesk()
    const asked = () => wire.sent.filter(({ op }) => op === 'command').length
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent('deals')).toHaveLength(2)
    tell(TOPIC, { head: { position: 1_000_000 } })
    await nextTick()
    page.unmount()
    const before = asked()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked()).toBe(before)
  })

  test('prices that tick are read out by nobody', async () => {
    const page = await showDesk()
    expect(useQuotes().pair).toBe(PAIR)
    expect(page.findAll('.quote-row')).toHaveLength(4)
    expect(document.querySelector('.quote-grid')?.closest('[aria-live]')).toBeNull()
    expect(document.querySelectorAll('.quote-grid [aria-live], .quote-grid [role="status"]')).toHaveLength(0)
  })
})
