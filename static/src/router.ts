import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: { name: 'overview' } },
  { path: '/app/overview', name: 'overview', component: () => import('./pages/OverviewPage.vue') },
  { path: '/app/alerts/:id?', name: 'alerts', component: () => import('./pages/AlertsPage.vue') },
  { path: '/app/restrictions/:id?', name: 'restrictions', component: () => import('./pages/RestrictionsPage.vue') },
  { path: '/app/rules/:part(backtests|headroom)?/:id?', name: 'rules', component: () => import('./pages/RulesPage.vue') },
  { path: '/app/customer', name: 'customer', component: () => import('./pages/CustomerPage.vue') },
  { path: '/app/ledger/:part(in-flight|posting|refusals|trial-balance|proposals)?', name: 'ledger', component: () => import('./pages/LedgerPage.vue') },
  { path: '/app/flow/:part(sessions|problems)?', name: 'flow', component: () => import('./pages/FlowPage.vue') },
  { path: '/:rest(.*)', name: 'missing', component: () => import('./pages/MissingPage.vue') },
]

export const router = createRouter({ history: createWebHistory('/'), routes })
