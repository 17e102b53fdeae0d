/** What a user asked for besides the prompt: sound, desktop notification, the count in the title. */

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import PromptStack from '@/components/PromptStack.vue'
import SettingsMenu from '@/components/SettingsMenu.vue'
import { i18n } from '@/i18n'
import { receivers } from '@/live/receivers'
import { useAlerts } from '@/stores/alerts'
import { useConnection } from '@/stores/connection'
import { useOverview } from '@/stores/overview'
import { usePrompts } from '@/stores/prompts'
import { useSession } from '@/stores/session'
import { useSettings } from '@/stores/settings'
import { useNotices } from '@/useNotices'
import { useTitle } from '@/useTitle'
import { anAlert, FakeWire } from './fakes'

/** What was played: the pitch of each tone that began, in order. */
let tones: number[]

class FakeAudio {
  currentTime = 0
  destination = {}
  resume = async (): Promise<void> => undefined

  createOscillator(): object {
    const frequency = { value: 0 }
    return { frequency, connect: (next: object) => next, start: () => tones.push(frequency.value), stop: () => undefined }
  }

  createGain(): object {
    const gain = { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined }
    return { gain, connect: (next: object) => next }
  }
}

class FakeNotification {
  static permission: NotificationPermission = 'default'
  static answer: NotificationPermission = 'granted'
  static asked = 0
  static shown: FakeNotification[] = []
  onclick: (() => void) | null = null

  static async requestPermission(): Promise<NotificationPermission> {
    FakeNotification.asked += 1
    return (FakeNotification.permission = FakeNotification.answer)
  }

  constructor(readonly title: string, readonly options: NotificationOptions) {
    FakeNotification.shown.push(this)
  }
}

const Shell = defineComponent({
  setup() {
    useTitle()
    useNotices()
    return () => null
  },
})

let router: Router
let wire: FakeWire
let clock = Date.now()

function hide(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden })
}

function raise(number: number, level: 'warn' | 'limit' = 'warn'): void {
  useAlerts().receive({ change: 'raised', alert: anAlert(number, { level }) })
}

/** A silent server is called again by then. */
async function anHourLater(): Promise<void> {
  await vi.advanceTimersByTimeAsync(3_600_000)
  wire.open()
}

function show(component: object): VueWrapper {
  return mount(component, { attachTo: document.body, global: { plugins: [router] } })
}

async function logIn(...permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

beforeEach(async () => {
  tones = []
  Object.assign(globalThis, { AudioContext: FakeAudio, Notification: FakeNotification })
  Object.assign(FakeNotification, { permission: 'default', answer: 'granted', asked: 0, shown: [] })
  hide(false)
  // Between two beeps there is a pause: each test is later than the last.
  vi.useFakeTimers({ now: (clock += 600_000) })
  const routes = ['overview', 'alerts'].map((name) => ({ path: `/app/${name}/:id?`, name, component: Shell }))
  router = createRouter({ history: createMemoryHistory(), routes })
  await logIn('monitoring.view_alert', 'monitoring.change_alert')
  await router.push('/app/overview')
  wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
})

describe('sound', () => {
  test('is off until the user wants it', () => {
    show(Shell)
    raise(1)
    expect(usePrompts().shown).toHaveLength(1)
    expect(tones).toEqual([])
  })

  test.each([['warn', [660]], ['limit', [880, 660, 880]]] as const)('of a %s alert is its own', (level, played) => {
    show(Shell)
    useSettings().sound = true
    raise(1, level)
    expect(tones).toEqual(played)
  })

  test('comes at most every two seconds', () => {
    show(Shell)
    useSettings().sound = true
    raise(1)
    vi.advanceTimersByTime(1_999)
    raise(2)
    expect(tones).toHaveLength(1)
    vi.advanceTimersByTime(1)
    raise(3)
    expect(tones).toHaveLength(2)
  })

  test('of what is silenced or on trial is none', () => {
    show(Shell)
    useSettings().sound = true
    useAlerts().receive({ change: 'raised', alert: anAlert(1, { silence: 3 }) })
    useAlerts().receive({ change: 'raised', alert: anAlert(2, { shadow: true }) })
    expect(tones).toEqual([])
  })

  test('that was switched on stays on in this browser', async () => {
    useSettings().sound = true
    await nextTick()
    expect(JSON.parse(localStorage.getItem('riskgw.settings') ?? '{}')).toMatchObject({ sound: true, desktop: false })
  })
})

async function switched(label: string): Promise<VueWrapper> {
  const menu = show(SettingsMenu)
  await menu.get('[data-testid="settings"]').trigger('click')
  await vi.runAllTimersAsync()
  const part = [...document.querySelectorAll('.menu label')].find((each) => each.textContent?.includes(label))
  part?.querySelector<HTMLElement>('.el-switch')?.click()
  await flushPromises()
  return menu
}

describe('the settings', () => {
  test('play the sound that is switched on', async () => {
    await switched(i18n.global.t('settings.sound'))
    expect(useSettings().sound).toBe(true)
    expect(tones).toEqual([660])
  })

  test('ask the browser for notifications only when they are switched on', async () => {
    show(Shell)
    raise(1)
    expect(FakeNotification.asked).toBe(0)
    await switched(i18n.global.t('settings.desktop'))
    expect(FakeNotification.asked).toBe(1)
    expect(useSettings().desktop).toBe(true)
  })

  test('stay off and say so where the browser refuses', async () => {
    FakeNotification.answer = 'denied'
    await switched(i18n.global.t('settings.desktop'))
    expect(useSettings().desktop).toBe(false)
    expect(document.body.textContent).toContain(i18n.global.t('settings.denied'))
  })
})

describe('a desktop notification', () => {
  beforeEach(() => {
    FakeNotification.permission = 'granted'
    show(Shell)
  })

  test('shows while the tab is hidden and the user wants it, and only then', () => {
    hide(true)
    raise(1)
    useSettings().desktop = true
    hide(false)
    raise(2)
    expect(FakeNotification.shown).toEqual([])
    hide(true)
    raise(3)
    expect(FakeNotification.shown.map(({ title }) => title)).toEqual(['Warn · P01 High-frequency trading'])
    expect(FakeNotification.shown[0]?.options).toMatchObject({ body: 'A1\nSlow down.', requireInteraction: false })
  })

  test('of a critical alert stays until it is clicked, and leads to the alert', async () => {
    useSettings().desktop = true
    hide(true)
    raise(4, 'limit')
    expect(FakeNotification.shown[0]?.options.requireInteraction).toBe(true)
    FakeNotification.shown[0]?.onclick?.()
    await flushPromises()
    expect(router.currentRoute.value.params['id']).toBe(anAlert(4).id)
  })

  test('is none where the browser took its permission back', () => {
    FakeNotification.permission = 'denied'
    useSettings().desktop = true
    hide(true)
    raise(5)
    expect(FakeNotification.shown).toEqual([])
  })
})

test('the title counts the open alerts of all levels, on each page', async () => {
  show(Shell)
  expect(document.title).toBe('Overview · riskgw')
  const statistics = { as_of_ns: '1', trading_day: '2026-11-23', alerts: {} }
  useOverview().statisticsArrived({ ...statistics, open: { warn: 2, limit: 1 } })
  await nextTick()
  expect(document.title).toBe('(3) Overview · riskgw')
  await router.push('/app/alerts')
  await nextTick()
  expect(document.title).toBe('(3) Alerts · riskgw')
  useOverview().statisticsArrived({ ...statistics, open: { warn: 0 } })
  await nextTick()
  expect(document.title).toBe('Alerts · riskgw')
})

test('of two prompts the warning goes by itself, the critical one stays until it is acknowledged', async () => {
  const stack = show(PromptStack)
  raise(1)
  raise(2, 'limit')
  await nextTick()
  expect(stack.findAll('[data-testid="prompt"]')).toHaveLength(2)
  await anHourLater()
  expect(usePrompts().shown.map(({ alert }) => alert.id)).toEqual([anAlert(2).id])
  await stack.get('[data-testid="prompt-acknowledge"]').trigger('click')
  wire.answers({ ok: true, data: anAlert(2, { level: 'limit', state: 'acknowledged' }) })
  await flushPromises()
  expect(usePrompts().shown).toEqual([])
})

describe('a storm', () => {
  test('is one card with its counts, and one sound', async () => {
    show(Shell)
    useSettings().sound = true
    const stack = show(PromptStack)
    for (let number = 1; number <= 40; number += 1) raise(number)
    await nextTick()
    expect(stack.findAll('[data-testid="prompt"]')).toHaveLength(0)
    expect(stack.findAll('[data-testid="storm"]')).toHaveLength(1)
    expect(stack.get('[data-testid="storm"]').text()).toContain('40 alerts in 1 s')
    expect(tones).toEqual([660])
  })

  test('of warnings goes by itself, and can be put away before', async () => {
    const stack = show(PromptStack)
    for (let number = 1; number <= 6; number += 1) raise(number)
    await nextTick()
    await stack.get('[data-testid="storm"]').trigger('keydown', { key: 'Escape' })
    expect(usePrompts().storm).toBeNull()
    await vi.advanceTimersByTimeAsync(10_000)
    for (let number = 11; number <= 16; number += 1) raise(number)
    expect(usePrompts().storm).not.toBeNull()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(usePrompts().storm).toBeNull()
  })

  test('with critical alerts in it stays until each is acknowledged', async () => {
    const stack = show(PromptStack)
    for (let number = 1; number <= 6; number += 1) raise(number, number > 4 ? 'limit' : 'warn')
    await nextTick()
    const storm = stack.get('[data-testid="storm"]')
    await storm.trigger('keydown', { key: 'Escape' })
    await storm.get('[data-testid="storm-open"]').trigger('click')
    await anHourLater()
    expect(usePrompts().storm?.critical).toEqual([anAlert(5).id, anAlert(6).id])
    const button = storm.get('[data-testid="storm-acknowledge"]')
    expect(button.text()).toBe('Acknowledge Limit: 2')
    await button.trigger('click')
    for (const number of [5, 6]) {
      expect(usePrompts().storm).not.toBeNull()
      wire.answers({ ok: true, data: anAlert(number, { level: 'limit', state: 'acknowledged' }) })
      await flushPromises()
    }
    expect(usePrompts().storm).toBeNull()
  })

  test('can be put away by who may not acknowledge', async () => {
    await logIn('monitoring.view_alert')
    const stack = show(PromptStack)
    for (let number = 1; number <= 6; number += 1) raise(number, 'limit')
    await nextTick()
    expect(stack.find('[data-testid="storm-acknowledge"]').exists()).toBe(false)
    await stack.get('[data-testid="storm"]').trigger('keydown', { key: 'Escape' })
    expect(usePrompts().storm).toBeNull()
  })
})
