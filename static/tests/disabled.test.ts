import { flushPromises, mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import StoppedStrip from '@/components/StoppedStrip.vue'
import { receivers } from '@/live/receivers'
import AlertsPage from '@/pages/AlertsPage.vue'
import CustomerPage from '@/pages/CustomerPage.vue'
import DataFilesPage from '@/pages/DataFilesPage.vue'
import FlowPage from '@/pages/FlowPage.vue'
import HostsPage from '@/pages/HostsPage.vue'
import LogsPage from '@/pages/LogsPage.vue'
import MakingPage from '@/pages/MakingPage.vue'
import OverviewPage from '@/pages/OverviewPage.vue'
import RestrictionsPage from '@/pages/RestrictionsPage.vue'
import RulesPage from '@/pages/RulesPage.vue'
import StatisticsPage from '@/pages/StatisticsPage.vue'
import { useConnection } from '@/stores/connection'
import { useSession } from '@/stores/session'
import { useThresholds } from '@/stores/thresholds'
import { fakeRest, FakeWire } from './fakes'

interface Stopped {
  module: string
  owns: RegExp
  topics: string[]
}

const RISK: Stopped = {
  module: 'risk_service',
  owns: /^(alerts|restrictions|rules|customers|headroom|parameter-packs|backtests|silences)/,
  topics: ['alerts', 'restrictions', 'backtests', 'customer_warning'],
}
const SERVICE: Stopped = { module: 'service', owns: /^(orders|sessions|problems)/, topics: ['orders', 'sessions', 'problems', 'health', 'statistics'] }
const PUBLIC: Stopped = { module: 'public_service', owns: /^(thresholds|indicators|contracts)/, topics: [] }
const LOGS: Stopped = { module: 'log_report', owns: /^logs/, topics: ['logs'] }
const FILES: Stopped = { module: 'database_report', owns: /^data-files/, topics: ['data_files'] }
const COMPUTING: Stopped = { module: 'computing', owns: /^metrics\/business/, topics: ['business'] }
const SYSTEM: Stopped = { module: 'system_state', owns: /^(hosts|metrics\/system)/, topics: ['hosts'] }
/** Every module beside every page that is its, wholly or in part; what is left of a page is answered empty. */
const SHOWN: [address: string, stopped: Stopped, page: object][] = [
  ['alerts', RISK, AlertsPage],
  ['restrictions', RISK, RestrictionsPage],
  ['rules', RISK, RulesPage],
  ['customer?customer=C1', RISK, CustomerPage],
  ['overview', RISK, OverviewPage],
  ['flow', SERVICE, FlowPage],
  ['flow/sessions', SERVICE, FlowPage],
  ['flow/problems', SERVICE, FlowPage],
  ['overview', SERVICE, OverviewPage],
  ['overview', PUBLIC, OverviewPage],
  ['logs', LOGS, LogsPage],
  ['dataFiles', FILES, DataFilesPage],
  ['statistics', COMPUTING, StatisticsPage],
  ['making', COMPUTING, MakingPage],
  ['hosts', SYSTEM, HostsPage],
]
const PLACES = ['overview', 'alerts', 'restrictions', 'rules', 'customer', 'ledger', 'hosts', 'logs', 'dataFiles', 'modules', 'flow', 'statistics', 'making']
const EVERYTHING = [
  'monitoring.view_alert', 'monitoring.view_threshold', 'monitoring.view_restriction', 'monitoring.view_rule', 'monitoring.view_headroom',
  'monitoring.view_host', 'monitoring.view_logline', 'monitoring.view_datafile', 'monitoring.view_metricfigure', 'reference.view_contract', 'monitoring.view_silence',
]

function refusal(module: string): Response {
  const detail = `The function module ${module} is disabled.`
  const body = { title: 'Service Unavailable', status: 503, type: 'urn:riskgw:module_disabled', detail, errors: [{ field: 'module', code: 'disabled', detail: module }] }
  return new Response(JSON.stringify(body), { status: 503 })
}

test.each(SHOWN)('%s says what is disabled', async (address, { module, owns, topics }, page) => {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'risk', roles: ['risk'], permissions: EVERYTHING, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  fakeRest(({ path }) => (owns.test(path) ? refusal(module) : { next: null, results: [] }))
  await useSession().load()
  const wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
  const routes = PLACES.map((name) => ({ path: `/app/${name}/:part?/:id?`, name, component: page }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(`/app/${address}`)
  const shown = mount({ components: { StoppedStrip, Page: page }, template: '<StoppedStrip /><Page />' }, { attachTo: document.body, global: { plugins: [router] } })
  await useThresholds().fetchAll()
  await flushPromises()
  const asked = wire.sent.filter(({ op }) => op === 'subscribe').flatMap((each) => each.topics)
  const refused = Object.fromEntries(asked.filter((topic) => topics.includes(topic)).map((topic) => [topic, 'disabled']))
  wire.says({ reply: 'subscribe', topics: {}, refused })
  await flushPromises()
  const text = shown.text()
  const isSaid = text.includes(`The function module ${module} is disabled`) || text.includes('An administrator has disabled the function module')
  expect(isSaid, text).toBe(true)
  shown.unmount()
})
