import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { BusinessNews, MetricThreshold } from '@/api/business'
import { receivers } from '@/live/receivers'
import MakingPage from '@/pages/MakingPage.vue'
import StatisticsPage from '@/pages/StatisticsPage.vue'
import { useBusiness } from '@/stores/business'
import { useSession } from '@/stores/session'
import { fakeRest } from './fakes'

const SOURCES = { option_obligation: false, future_obligation: false, fx_obligation: false, quotes: false, funds: true, cancels: false, largest_order: false, permission: false }
const whose = { exchange: 'CFFEX', account: 'F1', symbol: '' }
const threshold = (monitoring: string): MetricThreshold => ({
  ...whose, id: 1, metric: 'funds', exchange: '', account: '', monitoring, risk: '100', cmp: 'ge', unit: 'percent', source_note: '',
  rule: 'B13.4', name: { en: 'Margin over equity', zh: '风险度' }, advice: { en: '', zh: '' },
})
const news = (value: string | null): BusinessNews => ({
  trading_day: '2026-11-23', sources: SOURCES, count: 1,
  results: [{ ...whose, metric: 'funds', value, cmp: 'ge', unit: 'percent', as_of_ns: '1795400045000000000', details: { equity: 100_000_000, margin: null } } as never],
})
let router: Router

beforeEach(async () => {
  document.body.innerHTML = `<script id="session" type="application/json">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions: ['monitoring.view_metricfigure'], language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: MakingPage }, { path: '/app/statistics/:metric?', name: 'statistics', component: StatisticsPage }],
  })
  fakeRest(({ path }) => {
    if (path.endsWith('thresholds')) return { next: null, results: [threshold('80')] }
    if (path.endsWith('series')) return { monitoring: '80', risk: '100', points: [{ at_ns: '1795400040000000000', value: '79' }] }
    return news('79')
  })
})

async function shown(page: object, place: string) {
  await router.push(place)
  const found = mount(page, { attachTo: document.body, global: { plugins: [router] } })
  await flushPromises()
  await flushPromises()
  return found
}

test('a figure stands beside both thresholds, with both drawn in', async () => {
  const page = await shown(StatisticsPage, '/app/statistics/funds')
  const cells = page.findAll('table.business tbody tr:first-child td').map((cell) => cell.text())
  expect(cells.slice(0, 6)).toEqual(['○ quiet', 'F1', '–', '79.00', '80', '100'])
  expect(cells).toContain('1,000.00')
  expect(page.findAll('.business-plot line').map((line) => line.classes()[0])).toEqual(['monitoring', 'risk'])
})

test('when anybody changes a threshold the figure is judged anew at once', async () => {
  const page = await shown(StatisticsPage, '/app/statistics/funds')
  receivers().alerts.receive({ change: 'metric_thresholds', thresholds: [threshold('70')] }, 'alerts')
  await flushPromises()
  expect(page.find('.metric-tile.monitoring').text()).toContain('Funds')
  expect(page.find('table.business td').text()).toBe('▲ monitoring threshold')
  useBusiness().figuresArrived(news('100'))
  await flushPromises()
  expect(page.find('table.business td').text()).toBe('■ risk threshold')
})

test('what a message leaves out of many figures stays as it was, until another day', () => {
  const store = useBusiness()
  const of = (account: string, value: string) => ({ ...news(value).results[0], account }) as never
  store.figuresArrived({ ...news('1'), count: 2, results: [of('F1', '1'), of('F2', '2')] })
  store.figuresArrived({ ...news('1'), count: 2, results: [of('F2', '3')] })
  expect(store.figures.map(({ account, value }) => [account, value])).toEqual([['F1', '1'], ['F2', '3']])
  store.figuresArrived({ ...news('1'), trading_day: '2026-11-24', count: 2, results: [of('F2', '4')] })
  expect(store.figures.map(({ value }) => value)).toEqual(['4'])
})

test('without a source both pages say so and show no figure', async () => {
  const making = await shown(MakingPage, '/')
  expect(making.text()).toContain('No source')
  expect(making.find('table').exists()).toBe(false)
  const page = await shown(StatisticsPage, '/app/statistics/quotes')
  expect(page.findAll('.metric-tile').filter((tile) => tile.text().includes('no source'))).toHaveLength(7)
})
