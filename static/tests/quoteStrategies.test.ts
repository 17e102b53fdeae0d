import { enableAutoUnmount, flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StrategySettings } from '@/api/quoting'
import QuoteSpread from '@/components/QuoteSpread.vue'
import QuoteStrategies from '@/components/QuoteStrategies.vue'
import { formOf, isSame, settingsOf } from '@/domain/strategyForm'
import { receivers } from '@/live/receivers'
import { useConnection } from '@/stores/connection'
import { useQuotes } from '@/stores/quotes'
import { useSession } from '@/stores/session'
import { FakeWire } from './fakes'
import { BID, PAIR, somePanel, wholeOf } from './quoteFakes'

const SECOND = 1_000_000_000
/** As the server stores it: nothing is left out. */
const SETTINGS = {
  choices: {}, algorithm: 'best', ranks: [], failback_ns: 5 * SECOND, cross_max: 60,
  cleansing: { scale_factor: 4, locked_allowed: true, spread_min: 0, spread_max: 150, jump_max: 200, jump_volatility: 0, volatility_floor: 1, outlier_max: 120, late_ns: 0, good_ticks: 2, reentry_ns: SECOND },
  spread: {
    base: 2, tiers: { 1: 1, 3: 6 }, channels: { CHANNEL1: 1 }, groups: {}, times: [{ first_minute: 690, end_minute: 1440, ticks: 2 }], volatility_from: 0, volatility_step: 0, volatility_max: 0, skew: -1,
    position_step: 0, position_max: 0, spread_min: 2, spread_max: 0, grid: 1,
  },
  ttls: { source_ns: 4 * SECOND, sources: { RTRS: SECOND / 4 }, publish_ns: 0, manual_ns: 300 * SECOND },
  change_min: 1, limit: { single_max: 0, net_max: 0, gross_max: 0 }, breach_takes_both: false, keeps_adjust: true, tolerance: 2, ticket_ns: 10 * SECOND,
  stops: { loss_max: 0, fills: 0, fills_ns: SECOND, one_sided: 0, one_sided_ns: 60 * SECOND, rejects: 0, rejects_ns: 10 * SECOND, feed_loss_ns: 0, clock_back_ns: SECOND },
} as unknown as StrategySettings

const form = () => formOf(SETTINGS, [0, 1, 2, 3], ['CMDSB', 'RTRS'])

describe('settings as fields', () => {
  test('come out of the form as they went in', () => {
    const { settings, faults } = settingsOf(form(), SETTINGS)
    expect(faults).toEqual({})
    expect(settings).toEqual(SETTINGS)
    expect(isSame(settings, SETTINGS)).toBe(true)
  })

  test('time is typed in seconds, and is exact to the nanosecond', () => {
    const typed = form()
    expect([typed.numbers['ttls.source_ns'], typed.numbers['ttls.sources.RTRS'], typed.numbers['ttls.sources.CMDSB']]).toEqual(['4', '0.25', ''])
    typed.numbers['ttls.source_ns'] = '0.000000001'
    typed.numbers['ttls.sources.CMDSB'] = '0'
    typed.numbers['ttls.sources.RTRS'] = ' '
    const { settings } = settingsOf(typed, SETTINGS)
    expect(settings.ttls).toEqual({ source_ns: 1, sources: { CMDSB: 0 }, publish_ns: 0, manual_ns: 300 * SECOND })
  })

  test('what a strategy leaves out stays out until something is typed', () => {
    const few = { algorithm: 'vwap', spread: { base: 2 } } as unknown as StrategySettings
    const typed = formOf(few, [0], [])
    expect(settingsOf(typed, few)).toEqual({ settings: few, faults: {} })
    typed.numbers['limit.net_max'] = '5000000'
    typed.flags.breach_takes_both = true
    expect(settingsOf(typed, few).settings).toEqual({ ...few, limit: { net_max: 5_000_000 }, breach_takes_both: true })
  })

  test('a name that adds nothing says nothing; any other figure does', () => {
    const typed = form()
    typed.numbers['spread.tiers.2'] = '0'
    expect(isSame(settingsOf(typed, SETTINGS).settings, SETTINGS)).toBe(true)
    typed.numbers['spread.tiers.2'] = '1'
    expect(isSame(settingsOf(typed, SETTINGS).settings, SETTINGS)).toBe(false)
  })

  test.each([['spread.base', '', 'badNumber'], ['spread.base', '1.5', 'badNumber'], ['stops.fills', 'a', 'badNumber'], ['limit.net_max', '99999999999999999', 'badNumber'], ['ttls.manual_ns', '1.0000000001', 'badSeconds'], ['ttls.manual_ns', '', 'badSeconds']])('%s of "%s" is no value', (path, text, fault) => {
    const typed = form()
    typed.numbers[path] = text
    expect(settingsOf(typed, SETTINGS).faults).toEqual({ [path]: fault })
  })

  test.each(['25:00', '24:01', '7', '12:60'])('%s is no time of day', (text) => {
    const typed = form()
    typed.times = [{ from: text, to: '12:00', ticks: '1' }]
    expect(settingsOf(typed, SETTINGS).faults).toEqual({ 'spread.times.0': 'badTime' })
  })

  test('a choice needs a name of its own and a data source', () => {
    const typed = form()
    typed.choices = [{ name: 'ALL', sources: ['CMDSB'] }, { name: 'ALL', sources: ['RTRS'] }, { name: 'X', sources: [] }]
    expect(settingsOf(typed, SETTINGS).faults).toEqual({ 'choices.1': 'badName', 'choices.2': 'badName' })
  })
})

enableAutoUnmount(afterEach)
let wire: FakeWire
const sent = (name: string) => wire.sent.filter((each) => each.op === 'command' && each.name === `quoting.${name}`).map(({ args }) => args as Record<string, unknown>)
const refuse = (status: number, errors: object[]) => wire.answers({ ok: false, error: { type: 'urn:riskgw:settings', title: 'no', status, detail: 'Some of these settings are not possible.', errors } })

async function open(drawer: typeof QuoteSpread | typeof QuoteStrategies, permissions = ['quoting.view_strategy', 'quoting.change_strategy']): Promise<VueWrapper> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({ user: 'mary', roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false })}</script>`
  await useSession().load()
  useQuotes().pairOpened(PAIR)
  useQuotes().frameArrived(wholeOf(somePanel()), 0)
  const page = mount(drawer, { attachTo: document.body })
  tellStrategies()
  await flushPromises()
  return page
}

function tellStrategies(version = 4): void {
  const versions = [{ number: version, by: 'mary', at: '2026-11-23T02:00:00Z', comment: '', settings: SETTINGS }]
  wire.answers({ ok: true, data: { pair: PAIR, chosen: { strategy: 'STD', version }, settings: SETTINGS, sources: ['CMDSB', 'RTRS'], strategies: [{ name: 'STD', pair: null, versions }] } })
}

async function previewed(...cells: object[]): Promise<void> {
  await vi.waitFor(() => expect(sent('preview')).toHaveLength(1))
  wire.answers({ ok: true, data: { cells } })
  await flushPromises()
}

beforeEach(() => {
  const own = (wire = new FakeWire())
  useConnection().start(receivers(), () => own)
  wire.open()
})
afterEach(() => useConnection().stop())

test('a spread is tried out before it is saved as a version', async () => {
  const page = await open(QuoteSpread)
  await page.get('[data-testid="setting-spread.base"]').setValue('3')
  await previewed({ side: 'bid', level: 0, before: BID, after: BID - 2, reason: '' })
  expect(page.get('[data-testid="preview"] tbody').text()).toBe('BidBEST6.46886.4686−2')
  await page.get('form').trigger('submit')
  expect(page.get('[data-testid="strategy-wrong"]').text()).toBe('Say why.')
  await page.get('input[data-testid="strategy-comment"], [data-testid="strategy-comment"] input').setValue('wider')
  await page.get('form').trigger('submit')
  expect(sent('save_strategy')).toEqual([{ pair: PAIR, strategy: 'STD', version: 4, comment: 'wider', is_own: false, settings: { ...SETTINGS, spread: { ...SETTINGS.spread, base: 3 } } }])
  wire.answers({ ok: true, data: { strategy: 'STD', version: 5, is_in_force: true } })
  await flushPromises()
  tellStrategies(5)
  await flushPromises()
  expect(page.get('[data-testid="strategy-said"]').text()).toBe('Saved as version 5; in force.')
})

test('every setting of a version is a field with its unit, and a lifetime is saved in nanoseconds', async () => {
  const page = await open(QuoteStrategies)
  await page.get('[data-testid="show-STD-4"]').trigger('click')
  for (const part of ['market', 'cleansing', 'spread', 'ttls', 'limit', 'deals', 'stops']) expect(page.find(`[data-testid="part-${part}"]`).exists()).toBe(true)
  expect(page.find('textarea').exists()).toBe(false)
  const field = page.get<HTMLInputElement>('[data-testid="setting-ttls.source_ns"]')
  expect(field.element.value).toBe('4')
  expect(page.get(`label[for="${field.attributes('id')}"]`).text()).toBe('Source price')
  expect(field.element.closest('.setting')?.textContent).toContain('s')
  await field.setValue('0.5')
  await previewed({ side: 'bid', level: 0, before: BID, after: BID, reason: '' })
  expect(page.get('[data-testid="preview"]').text()).toContain('No price changes.')
  await page.get('input[data-testid="strategy-comment"], [data-testid="strategy-comment"] input').setValue('fresher')
  await page.get('form').trigger('submit')
  expect(sent('save_strategy')).toMatchObject([{ strategy: 'STD', version: 4, settings: { ttls: { source_ns: SECOND / 2 }, cleansing: SETTINGS.cleansing } }])
})

test('what the server refuses is said beside its field, and the part with it opens', async () => {
  const page = await open(QuoteStrategies)
  await page.get('[data-testid="show-STD-4"]').trigger('click')
  await page.get('[data-testid="setting-cleansing.good_ticks"]').setValue('0')
  await vi.waitFor(() => expect(sent('preview')).toHaveLength(1))
  refuse(422, [{ field: 'cleansing.good_ticks', code: 'out_of_bounds', detail: 'out_of_bounds' }, { field: 'elsewhere', code: 'odd', detail: 'Something odd' }])
  await flushPromises()
  const field = page.get('[data-testid="setting-cleansing.good_ticks"]')
  expect(field.attributes('aria-invalid')).toBe('true')
  expect(field.element.closest('.setting')?.querySelector('.fault')?.textContent).toBe('Not possible: too small or too large.')
  expect(page.get('[data-testid="part-cleansing"]').attributes('open')).toBeDefined()
  expect(page.get('[data-testid="part-stops"]').attributes('open')).toBeUndefined()
  expect(page.get('[data-testid="strategy-wrong"]').text()).toContain('elsewhere: Something odd')
})

test('who may only look changes nothing and is asked nothing', async () => {
  const page = await open(QuoteSpread, ['quoting.view_strategy'])
  expect(page.get('fieldset').attributes('disabled')).toBeDefined()
  expect(page.find('[data-testid="strategy-save"]').exists()).toBe(false)
  expect(sent('preview')).toEqual([])
})
