import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { FunctionModule, ModuleState } from '@/api/modules'
import StoppedStrip from '@/components/StoppedStrip.vue'
import { silentOf, stateOf, troubleOf } from '@/domain/modules'
import { receivers } from '@/live/receivers'
import ModulesPage from '@/pages/ModulesPage.vue'
import { useConnection } from '@/stores/connection'
import { useModules } from '@/stores/modules'
import { useSession } from '@/stores/session'
import { fakeRest, FakeWire, type Asked } from './fakes'

function aState(given: Partial<ModuleState> = {}): ModuleState {
  return {
    process: 'web', pid: 1, host: 'h1', state: 'running', version: '1.0', sha256: 'ab'.repeat(32), revision: 1, since_ns: '1',
    error: '', code: '', failures: 0, last_failure: '', last_failure_ns: '0', under_way: 0, ...given,
  } as ModuleState
}

function aModule(given: Partial<FunctionModule> = {}): FunctionModule {
  return {
    name: 'holiday', title: 'Days', origin: 'folder', path: 'holiday.py', sha256: 'ab'.repeat(32), is_enabled: true, revision: 1, note: '',
    changed_at: null, offers: { endpoints: 1, commands: 0, topics: 0, jobs: 0, metrics: 0, rules: 0 }, states: [aState()], readings: [], ...given,
  }
}

let asked: Asked[]
let wire: FakeWire
let rows: FunctionModule[]

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'ops', roles: ['ops'], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

async function page(path = '/app/modules') {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/app/modules/:name?', name: 'modules', component: ModulesPage }] })
  await router.push(path)
  const shown = mount(ModulesPage, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  return shown
}

beforeEach(() => {
  rows = [aModule({ states: [aState(), aState({ pid: 2, state: 'kept', error: 'broken', code: 'import' })] })]
  asked = fakeRest(({ path }) => (path === 'modules' ? { processes: [aState()], modules: rows, candidates: [] } : { revision: 2 }))
  wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
})

test('the worst state of any process is shown, and that an order is still under way', () => {
  expect(stateOf(aModule())).toBe('running')
  expect(rows.map(stateOf)).toEqual(['kept'])
  expect(stateOf(aModule({ revision: 2 }))).toBe('pending')
  expect(stateOf(aModule({ states: [] }))).toBe('unknown')
  expect(rows.map(({ states }) => troubleOf(states))).toEqual(['broken'])
  expect(silentOf(aModule({ states: [] }), [aState()])).toHaveLength(1)
})

test('a module is disabled once it is confirmed with a reason', async () => {
  await logIn(['reference.view_functionmodule', 'reference.switch_functionmodule'])
  const shown = await page('/app/modules/holiday')
  expect(shown.text()).toContain('Import failed: broken')
  await shown.get('[data-testid=disable]').trigger('click')
  await shown.get('form').trigger('submit')
  expect(shown.get('[role=alert]').text()).not.toBe('')
  await shown.get('[data-testid=module-why]').setValue('it is broken')
  await shown.get('form').trigger('submit')
  await flushPromises()
  expect(asked.find(({ method }) => method === 'POST')).toMatchObject({ path: 'modules/holiday/disable', body: { note: 'it is broken' } })
})

test('who may only look is offered nothing, and who may not even that is told so', async () => {
  await logIn(['reference.view_functionmodule'])
  const shown = await page('/app/modules/holiday')
  expect(shown.find('[data-testid=module-switch]').exists()).toBe(false)
  expect(shown.text()).not.toContain('Code that could be pinned')
  shown.unmount()
  await logIn([])
  expect((await page()).text()).toContain('sees no function modules')
})

test('without modules the table says what fills it', async () => {
  rows = []
  await logIn(['reference.view_functionmodule'])
  expect((await page()).text()).toContain('No function modules')
})

test('a topic whose module is disabled is said on every page, and asked for until it is back', async () => {
  vi.useFakeTimers()
  const strip = mount(StoppedStrip)
  useConnection().watchTopic('hosts')
  wire.says({ reply: 'subscribe', topics: {}, refused: { hosts: 'disabled' } })
  await vi.advanceTimersByTimeAsync(1)
  expect(strip.get('[data-testid=stopped]').text()).toContain('hosts')
  const before = wire.sent.filter(({ op }) => op === 'subscribe').length
  await vi.advanceTimersByTimeAsync(5_000)
  expect(wire.sent.filter(({ op }) => op === 'subscribe').length).toBe(before + 1)
  wire.says({ reply: 'subscribe', topics: { hosts: { kind: 'state', seq: 1 } } })
  await vi.advanceTimersByTimeAsync(1)
  expect(useModules().stoppedTopics).toEqual([])
  expect(strip.find('[data-testid=stopped]').exists()).toBe(false)
  vi.useRealTimers()
})
