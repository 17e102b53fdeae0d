import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { BusinessNews, MetricThreshold } from '@/api/business'
import type { HostNews, HostRow, SystemThreshold } from '@/api/hosts'
import type { Alert } from '@/api/types'
import PromptStack from '@/components/PromptStack.vue'
import { isOfHere } from '@/domain/breaches'
import { stormSize } from '@/domain/prompts'
import { receivers } from '@/live/receivers'
import { useAlerts } from '@/stores/alerts'
import { useBusiness } from '@/stores/business'
import { useHosts } from '@/stores/hosts'
import { usePrompts } from '@/stores/prompts'
import { useSilences } from '@/stores/silences'
import { anAlert } from './fakes'

const AT = '1795400045000000000'
const words = { name: { en: 'Margin over equity', zh: '风险度' }, advice: { en: 'Reduce positions.', zh: '减仓。' } }
const funds = (monitoring: string, risk = '100'): MetricThreshold => ({
  ...words, id: 1, metric: 'funds', exchange: '', account: '', symbol: '', monitoring, risk, cmp: 'ge', unit: 'percent', source_note: '', rule: 'B13.4',
})
const news = (...values: [account: string, value: string][]): BusinessNews => ({
  trading_day: '2026-11-23', sources: {} as never, count: values.length,
  results: values.map(([account, value]) => ({ exchange: 'CFFEX', symbol: '', metric: 'funds', account, value, cmp: 'ge', unit: 'percent', as_of_ns: AT, details: {} })),
})
const disk = (warn: string | null, more: Partial<SystemThreshold> = {}): SystemThreshold => ({
  ...words, id: 7, metric: 'disk_percent', host: '', subject: '', warn, limit: '90', clear: null, for_seconds: 0, runbook: '', cmp: 'ge',
  unit: 'percent', subject_kind: 'disk', is_magnitude: false, rule: 'SYS-DISK', ...more,
})
const after = (seconds: number) => String(BigInt(AT) + BigInt(seconds * 1000) * 1_000_000n)
const host = (value: number, more: Partial<HostRow> = {}): HostRow => ({
  name: 'db1', state: more.raised ? 'warn' : 'ok', at_ns: AT, heard_ns: AT, raised: [], held: [], figures: { disk_percent: value }, watched: { 'disk_percent /data': value }, ...more,
})
const hosts = (value: number, raised?: HostRow['raised']): HostNews => ({ as_of_ns: AT, hosts: [host(value, raised && { raised })] })

/** As it comes over the socket, whoever made the change. */
const changed = (...thresholds: MetricThreshold[]) => receivers().alerts.receive({ change: 'metric_thresholds', thresholds }, 'alerts')
const hostChanged = (thresholds: SystemThreshold[], removed: number[] = []) => receivers().alerts.receive({ change: 'system_thresholds', thresholds, removed }, 'alerts')
const raisedByServer = (number: number, changes: Partial<Alert>) => useAlerts().receive({ change: 'raised', alert: anAlert(number, changes) })
const shown = () => usePrompts().shown.map(({ alert }) => alert)
const of = (account: string, level: 'warn' | 'limit' = 'warn'): Partial<Alert> => ({ rule: 'B13.4', level, key: { account } })

describe('a threshold of a business metric', () => {
  beforeEach(() => {
    useBusiness().figuresArrived(news(['F1', '79'], ['F2', '60']))
    useBusiness().thresholdsChanged([funds('80')])
  })

  test('prompts at once when a change puts the newest figure beyond it', () => {
    expect(shown()).toEqual([])
    changed(funds('70'))
    const [alert] = shown()
    expect(shown()).toHaveLength(1)
    expect(alert).toMatchObject({ rule: 'B13.4', level: 'warn', key: { account: 'F1' } })
    expect(alert?.values).toEqual([{ indicator: 'funds', value: '79', cmp: 'ge', threshold: '70', unit: 'percent' }])
    expect(alert && isOfHere(alert)).toBe(true)
  })

  test.each([['79', 1], ['79.000001', 0], ['78.999999', 1]])('at %s prompts %i', (monitoring, count) => {
    changed(funds(monitoring))
    expect(shown()).toHaveLength(count)
  })

  test('takes its prompt back when it goes back', () => {
    changed(funds('70'))
    changed(funds('80'))
    expect(shown()).toEqual([])
    changed(funds('70'))
    expect(shown()).toHaveLength(1)
  })

  test('takes its prompt back when the figure goes back', () => {
    changed(funds('70'))
    useBusiness().figuresArrived(news(['F1', '69.9'], ['F2', '60']))
    expect(shown()).toEqual([])
  })

  test('keeps the prompt of a figure that is left out of the news', () => {
    changed(funds('70'))
    useBusiness().figuresArrived(news(['F2', '60']))
    expect(shown()).toHaveLength(1)
  })

  test('has one prompt for one breach when the server has judged, too', () => {
    changed(funds('70'))
    raisedByServer(1, of('F1'))
    expect(shown().map(({ id }) => id)).toEqual([anAlert(1).id])
    changed(funds('69'))
    expect(shown()).toHaveLength(1)
  })

  test('leaves the server’s alert where the threshold goes back: it is for people to settle', () => {
    changed(funds('70'))
    raisedByServer(1, of('F1'))
    changed(funds('80'))
    expect(shown().map(({ id }) => id)).toEqual([anAlert(1).id])
  })

  test('does not prompt beside the server’s alert that came first', () => {
    raisedByServer(1, of('F1'))
    changed(funds('70'))
    expect(shown().map(({ id }) => id)).toEqual([anAlert(1).id])
  })

  test('rings once for one breach', () => {
    const rung: string[] = []
    usePrompts().onRaised(({ id }) => rung.push(id))
    changed(funds('70'))
    raisedByServer(1, of('F1'))
    expect(rung).toHaveLength(1)
  })

  test('prompts for the higher level in place of the lower, and not on the way down', () => {
    changed(funds('70'))
    changed(funds('60', '79'))
    expect(shown().map(({ level, key }) => [level, key.account])).toEqual([['limit', 'F1'], ['warn', 'F2']])
    changed(funds('60', '90'))
    expect(shown().map(({ key }) => key.account)).toEqual(['F2'])
  })

  test('what was put away stays away when the server’s warning comes, its critical alert does not', () => {
    changed(funds('70'))
    usePrompts().settle(shown()[0]?.id ?? '')
    raisedByServer(1, of('F1'))
    expect(shown()).toEqual([])
    changed(funds('60', '79'))
    shown().forEach(({ id }) => usePrompts().settle(id))
    raisedByServer(2, of('F1', 'limit'))
    expect(shown().map(({ id }) => id)).toEqual([anAlert(2).id])
  })

  test('is quiet where a silence covers it, and when the server says so afterwards', () => {
    changed(funds('70'))
    raisedByServer(1, { ...of('F1'), silence: 3 })
    expect(shown()).toEqual([])
    changed(funds('80'))
    useSilences().changed({ id: 1, matchers: { rule: 'B13.4' }, starts_ns: '0', ends_ns: '9999999999000000000' } as never)
    changed(funds('70'))
    expect(shown()).toEqual([])
  })

  test('a storm counts each breach once, and goes when its critical ones are withdrawn', () => {
    const accounts = Array.from({ length: 8 }, (_, place) => `G${place}`)
    useBusiness().figuresArrived(news(...accounts.map((account): [string, string] => [account, '50'])))
    changed(funds('40', '50'))
    const size = () => usePrompts().storm && stormSize(usePrompts().storm as never)
    expect(size()).toBe(8)
    accounts.forEach((account, place) => raisedByServer(place, of(account, 'limit')))
    expect(size()).toBe(8)
    expect(usePrompts().storm?.critical).toContain(anAlert(0).id)
  })

  test('that is told again after a hole in the log prompts, too', () => {
    useBusiness().thresholdsChanged([funds('70')])
    expect(shown()).toHaveLength(1)
  })
})

describe('a threshold of hosts', () => {
  beforeEach(() => {
    useHosts().arrived(hosts(78))
    useHosts().thresholdsFetched([disk('80')])
  })

  test('shows in the list, in the plot and as a prompt at once', () => {
    hostChanged([disk('77')])
    expect(shown().map(({ rule, key }) => [rule, key])).toEqual([['SYS-DISK', { host: 'db1', disk: '/data' }]])
    expect(useHosts().rows.map(({ state, raised }) => [state, raised])).toEqual([['warn', [{ name: 'disk_percent /data', level: 'warn' }]]])
    expect(useHosts().limitsFor('db1', ['disk_percent /data'])).toMatchObject([{ warn: 77, limit: 90 }])
  })

  test('takes it back when it goes back, or is gone', () => {
    hostChanged([disk('77')])
    hostChanged([disk('79')])
    expect([shown(), useHosts().rows[0]?.state]).toEqual([[], 'ok'])
    hostChanged([disk('77')])
    hostChanged([], [7])
    expect([shown(), useHosts().rows[0]?.state]).toEqual([[], 'ok'])
  })

  test('of one host goes before that for all', () => {
    hostChanged([disk('70', { id: 8, host: 'db1', warn: '95', limit: null }), disk('77')])
    expect(shown()).toEqual([])
  })

  test.each([[59.999, 0], [60, 1], [60.001, 1]])('that must hold for a minute prompts after %s s by the samples’ own times', (seconds, count) => {
    hostChanged([disk('77', { for_seconds: 60 })])
    expect(shown()).toEqual([])
    useHosts().arrived({ as_of_ns: after(70), hosts: [host(78, { at_ns: after(seconds), held: [{ name: 'disk_percent /data', warn_ns: AT, limit_ns: null }] })] })
    expect(shown()).toHaveLength(count)
  })

  test('that need hold for less long now prompts at once where it has', () => {
    hostChanged([disk('77', { for_seconds: 600 })])
    useHosts().arrived({ as_of_ns: after(70), hosts: [host(78, { at_ns: after(70), held: [{ name: 'disk_percent /data', warn_ns: AT, limit_ns: null }] })] })
    expect(shown()).toEqual([])
    hostChanged([disk('77', { for_seconds: 70 })])
    expect(shown().map(({ rule, level }) => [rule, level])).toEqual([['SYS-DISK', 'warn']])
    raisedByServer(1, { rule: 'SYS-DISK', key: { host: 'db1', disk: '/data' } })
    expect(shown().map(({ id }) => id)).toEqual([anAlert(1).id])
  })

  test('is not prompted again where the server has told of it, and was acknowledged here', () => {
    raisedByServer(1, { rule: 'SYS-DISK', key: { host: 'db1', disk: '/data' } })
    usePrompts().settle(anAlert(1).id)
    useHosts().arrived(hosts(81, [{ name: 'disk_percent /data', level: 'warn' }]))
    expect([shown(), useHosts().rows[0]?.state]).toEqual([[], 'warn'])
  })

  test('is held against what the server has raised: no second prompt, and over only beyond its end', () => {
    hostChanged([disk('80', { clear: '75' })])
    useHosts().arrived(hosts(78, [{ name: 'disk_percent /data', level: 'warn' }]))
    hostChanged([disk('77')])
    expect(shown()).toEqual([])
    hostChanged([disk('85', { clear: '75' })])
    expect(useHosts().rows[0]?.state).toBe('warn')
    hostChanged([disk('85')])
    expect(useHosts().rows[0]?.state).toBe('ok')
  })
})

describe('a host that is silent', () => {
  const silence: Partial<SystemThreshold> = { id: 9, metric: 'silent_ms', warn: '30000', limit: '120000', subject_kind: 'subject', unit: 'ms', rule: 'SYS-SILENT' }
  /** The browser's clock is an hour behind. */
  const beginMs = Number(BigInt(AT) / 1_000_000n) - 3_600_000
  const pass = (seconds: number) => {
    vi.setSystemTime(beginMs + seconds * 1000)
    useHosts().timeWent()
  }
  const told = (seconds: number, heard: number, raised: HostRow['raised'] = []) => {
    vi.setSystemTime(beginMs + seconds * 1000)
    useHosts().arrived({ as_of_ns: after(seconds), hosts: [host(10, { heard_ns: after(heard), raised })] })
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    told(0, 0)
    useHosts().thresholdsFetched([disk(null, silence)])
  })
  afterEach(() => vi.useRealTimers())

  test.each([[29.999, 0], [30, 1]])('for %s s by the server’s clock has %i prompts', (seconds, count) => {
    told(25, 0)
    pass(seconds)
    expect(shown()).toHaveLength(count)
    expect(useHosts().rows[0]?.state).toBe(count ? 'warn' : 'ok')
  })

  test('is prompted once, by the server’s alert in place of ours', () => {
    told(29, 0)
    pass(30)
    expect(shown().map(({ rule, key, values }) => [rule, key, values[0]?.value])).toEqual([['SYS-SILENT', { host: 'db1' }, 30_000]])
    raisedByServer(1, { rule: 'SYS-SILENT', key: { host: 'db1' } })
    told(31, 0, [{ name: 'silent_ms', level: 'warn' }])
    expect(shown().map(({ id }) => id)).toEqual([anAlert(1).id])
  })

  test('is over when it is heard again', () => {
    told(29, 0)
    pass(31)
    told(32, 32)
    expect([shown(), useHosts().rows[0]?.state]).toEqual([[], 'ok'])
  })

  test('is not said to be silent where it is the server that says nothing', () => {
    pass(600)
    expect(shown()).toEqual([])
    told(601, 600)
    expect(shown()).toEqual([])
  })

  test('is prompted at once when its limit is made less', () => {
    told(25, 0)
    hostChanged([disk(null, { ...silence, warn: '20000' })])
    expect(shown()).toHaveLength(1)
  })

  test('must be silent for so long that it has been beyond its threshold for a time', () => {
    hostChanged([disk(null, { ...silence, for_seconds: 5 })])
    told(32, 0)
    expect(shown()).toEqual([])
    useHosts().arrived({ as_of_ns: after(32), hosts: [host(10, { held: [{ name: 'silent_ms', warn_ns: after(30), limit_ns: null }] })] })
    pass(34.999)
    expect(shown()).toEqual([])
    pass(35)
    expect(shown()).toHaveLength(1)
  })
})

test('what stood beyond its threshold as the page began is no news', () => {
  useBusiness().figuresArrived(news(['F1', '79']))
  useBusiness().thresholdsChanged([funds('70')])
  useHosts().arrived(hosts(95))
  useHosts().thresholdsFetched([disk('77')])
  expect(shown()).toEqual([])
})

test('the prompt says that it was judged here, until the server’s alert has taken its place', async () => {
  useBusiness().figuresArrived(news(['F1', '79']))
  useBusiness().thresholdsChanged([funds('80')])
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', name: 'alerts', component: PromptStack }] })
  const stack = mount(PromptStack, { global: { plugins: [router] } })
  changed(funds('70'))
  await flushPromises()
  expect(stack.findAll('[data-testid="prompt"]')).toHaveLength(1)
  expect(stack.find('[data-testid="prompt-here"]').text()).toBe('Judged here')
  expect(stack.find('[data-testid="prompt-acknowledge"]').exists()).toBe(false)
  raisedByServer(1, of('F1'))
  await flushPromises()
  expect(stack.findAll('[data-testid="prompt"]')).toHaveLength(1)
  expect(stack.find('[data-testid="prompt-here"]').exists()).toBe(false)
})
