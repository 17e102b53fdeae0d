import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { useSession } from './stores/session'

/** Who sees no alerts begins where there is something for them. */
const firstPage = () => (!useSession().can('monitoring.view_alert') && useSession().can('ledger.view_ledgeraccount') ? 'ledger' : 'overview')

const routes: RouteRecordRaw[] = [
  { path: '/app/', redirect: () => ({ name: firstPage() }) },
  { path: '/app/overview', name: 'overview', component: () => import('./pages/OverviewPage.vue') },
  { path: '/app/alerts/:id?', name: 'alerts', component: () => import('./pages/AlertsPage.vue') },
  { path: '/app/restrictions/:id?', name: 'restrictions', component: () => import('./pages/RestrictionsPage.vue') },
  { path: '/app/rules/:part(packs|backtests|headroom)?/:id?', name: 'rules', component: () => import('./pages/RulesPage.vue') },
  { path: '/app/customer', name: 'customer', component: () => import('./pages/CustomerPage.vue') },
  { path: '/app/ledger/:part(in-flight|posting|refusals|trial-balance|proposals)?', name: 'ledger', component: () => import('./pages/LedgerPage.vue') },
  { path: '/app/hosts/:name?', name: 'hosts', component: () => import('./pages/HostsPage.vue') },
  { path: '/app/logs', name: 'logs', component: () => import('./pages/LogsPage.vue') },
  { path: '/app/data-files/:id(\\d+)?', name: 'dataFiles', component: () => import('./pages/DataFilesPage.vue') },
  { path: '/app/modules/:name?', name: 'modules', component: () => import('./pages/ModulesPage.vue') },
  { path: '/app/flow/:part(sessions|problems)?', name: 'flow', component: () => import('./pages/FlowPage.vue') },
  { path: '/app/statistics/:metric?', name: 'statistics', component: () => import('./pages/StatisticsPage.vue') },
  { path: '/app/making', name: 'making', component: () => import('./pages/MakingPage.vue') },
  { path: '/app/quotes/:pair?', name: 'quotes', component: () => import('./pages/QuotesPage.vue') },
  { path: '/:rest(.*)', name: 'missing', component: () => import('./pages/MissingPage.vue') },
]

export const router = createRouter({ history: createWebHistory('/'), routes })
