import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import App from '@/App.vue'
import BookStop from '@/components/BookStop.vue'
import KeyList from '@/components/KeyList.vue'
import { receivers } from '@/live/receivers'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import { createMemoryHistory, createRouter } from 'vue-router'
import { fakeRest, FakeWire } from './fakes'
import { aTile, someTiles } from './quoteFakes'

const DONE = { refused: [], opened: [], withdrawn: [], took_ns: 812_000 }
enableAutoUnmount(afterEach)
let wire: FakeWire
let seq = 0
const stops = () => wire.sent.filter(({ op, name }) => op === 'command' && name === 'quoting.stop_all').length
const press = (target: EventTarget = document.body, more: KeyboardEventInit = {}) => target.dispatchEvent(new KeyboardEvent('keydown', { key: 'F12', bubbles: true, cancelable: true, ...more }))

async function logIn(...permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({ user: 'mary', roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false })}</script>`
  await useSession().load()
}

function tell(...tiles: Parameters<typeof someTiles>): void {
  wire.says({ topic: 'quotes', seq: ++seq, data: someTiles(...tiles) })
}

beforeEach(() => {
  fakeRest(() => ({ next: null, results: [] }))
  const own = (wire = new FakeWire())
  useConnection().start(receivers(), () => own)
  wire.open()
})
afterEach(() => useConnection().stop())

/** The shell on a page that has nothing to do with quotes. */
async function showShell(): Promise<VueWrapper> {
  const field = { template: '<input class="elsewhere">' }
  const names = ['overview', 'alerts', 'restrictions', 'flow', 'rules', 'customer', 'quotes', 'ledger', 'hosts', 'logs', 'dataFiles', 'modules', 'statistics', 'making']
  const router = createRouter({ history: createMemoryHistory(), routes: [...names.map((name) => ({ path: `/app/${name}`, name, component: field })), { path: '/app/', redirect: '/app/alerts' }] })
  await router.push({ name: 'alerts' })
  const shell = mount(App, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return shell
}

test('F12 stops the whole book from any page, also while something is typed there, and asks nothing', async () => {
  await logIn('quoting.view_pair', 'quoting.stop_quoting')
  const shell = await showShell()
  expect(shell.find('[data-testid="stop-said"]').exists()).toBe(false)
  expect(press(shell.get('.elsewhere').element)).toBe(false)
  expect(stops()).toBe(1)
  // Held down it is one stop; with Ctrl it is somebody else's key.
  press(document.body, { repeat: true })
  expect(press(document.body, { ctrlKey: true })).toBe(true)
  expect(stops()).toBe(1)
})

test('a banner confirms channel by channel as the pairs tell it, for as long as it stands', async () => {
  await logIn('quoting.view_pair', 'quoting.stop_quoting')
  const banner = mount(BookStop, { attachTo: document.body })
  expect(banner.find('[data-testid="stop-said"]').exists()).toBe(false)
  press()
  await nextTick()
  expect(wire.sent.filter(({ op }) => op === 'subscribe').map(({ topics }) => topics)).toEqual([['quotes']])
  wire.says({ reply: 'subscribe', topics: { quotes: { kind: 'state', seq } }, refused: {} })
  tell(aTile(), aTile({ pair: 'EUR.USD', states: { live: 2, stopped: 6 } }))
  wire.answers({ ok: true, data: { ...DONE, withdrawn: [{ channel: 'CHANNEL1', is_up: true, messages: 1 }, { channel: 'CHANNEL2', is_up: false, messages: 0 }] } })
  await flushPromises()
  const said = banner.get('[data-testid="stop-said"]')
  expect(said.text()).toContain('The whole book is stopped (0.8 ms).')
  expect(said.text()).toContain('CHANNEL1: 10 cells not confirmed yet')
  expect(said.text()).toContain('CHANNEL2: no session, what it has is unknown')
  tell(aTile({ states: { stopped: 8 } }))
  await nextTick()
  expect(said.text()).toContain('CHANNEL1: confirmed, nothing stands')
  await said.get('button').trigger('click')
  expect(banner.find('[data-testid="stop-said"]').exists()).toBe(false)
  expect(wire.sent.filter(({ op }) => op === 'unsubscribe').map(({ topics }) => topics)).toEqual([['quotes']])
})

test('who may not stop the book has no such key, and the list of keys does not name it', async () => {
  await logIn('quoting.view_pair')
  await showShell()
  expect(press()).toBe(true)
  expect(stops()).toBe(0)
  const keysOf = () => mount(KeyList, { global: { stubs: { ElDialog: { template: '<div><slot /></div>' } } } }).text()
  expect(keysOf()).not.toContain('F12')
  await logIn('quoting.stop_quoting')
  expect(keysOf()).toContain('F12')
})
