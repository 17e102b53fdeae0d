/** The books: accounts as a tree or a search, what waits, what was refused, and the newest figures. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getPage } from '@/api/pages'
import type { InFlight, LedgerNews, ListedAccount, Permit, Refusal, Voucher } from '@/api/ledger'
import { hasHole, visible, withFigures, type AccountFilter } from '@/domain/ledger'
import { pagedList } from './pagedList'

export const ROWS_MAX = 5_000
export const ROOT = '-'
/** Branches are opened at first where there are few of them. */
const OPEN_ROOTS_MAX = 20
/** Where more accounts change than a message names, they are fetched so often. */
const REFETCH_MS = 5_000

export const useLedger = defineStore('ledger', () => {
  const news = shallowRef<LedgerNews | null>(null)
  const found = pagedList<ListedAccount>('ledger/accounts', ROWS_MAX)
  const inFlight = pagedList<InFlight>('ledger/in-flight', ROWS_MAX)
  const refusals = pagedList<Refusal>('ledger/refusals', ROWS_MAX)
  const vouchers = pagedList<Voucher>('ledger/vouchers', ROWS_MAX)
  const permits = pagedList<Permit>('ledger/overdraft-permits', ROWS_MAX)
  const branches = shallowRef<ReadonlyMap<string, readonly ListedAccount[]>>(new Map())
  const open = ref(new Set<string>())
  const treeFault = ref('')
  const isTreeLoading = ref(false)
  const isRefused = ref(false)
  const nodes = computed(() => visible(branches.value, open.value, ROOT))
  let filter: AccountFilter = {}
  let isLookedAt = false
  let fetchedAtMs = 0

  function arrived(told: LedgerNews): void {
    const missed = hasHole(news.value, told)
    news.value = told
    found.rows.value = withFigures(found.rows.value, told.accounts)
    for (const [parent, rows] of branches.value) {
      const patched = withFigures(rows, told.accounts)
      if (patched !== rows) branches.value = new Map(branches.value).set(parent, patched)
    }
    if (missed && isLookedAt && Date.now() - fetchedAtMs > REFETCH_MS) void refetch()
  }

  async function show(wanted: AccountFilter): Promise<void> {
    filter = wanted
    isLookedAt = true
    fetchedAtMs = Date.now()
    if (Object.keys(wanted).length > 0) await found.show({ ...wanted })
    else await fetchTree()
  }

  function leave(): void {
    isLookedAt = false
  }

  async function refetch(): Promise<void> {
    fetchedAtMs = Date.now()
    if (Object.keys(filter).length > 0) await found.show({ ...filter })
    else await Promise.all([...branches.value.keys()].map(fetchBranch))
  }

  async function fetchTree(): Promise<void> {
    treeFault.value = ''
    isTreeLoading.value = branches.value.size === 0
    try {
      const isFirst = branches.value.size === 0
      const roots = await fetchBranch(ROOT)
      if (isFirst && roots.length <= OPEN_ROOTS_MAX) await Promise.all(roots.filter(({ has_children }) => has_children).map(({ id }) => openBranch(id)))
      else await Promise.all([...open.value].map(fetchBranch))
    } catch (error) {
      treeFault.value = (error as Error).message
    } finally {
      isTreeLoading.value = false
    }
  }

  /** All pages of it, up to a maximum. */
  async function fetchBranch(parent: string): Promise<readonly ListedAccount[]> {
    const rows: ListedAccount[] = []
    let cursor: string | undefined
    do {
      const page = await getPage<ListedAccount>('ledger/accounts', { parent, cursor })
      rows.push(...page.results)
      cursor = page.next ?? undefined
    } while (cursor && rows.length < ROWS_MAX)
    branches.value = new Map(branches.value).set(parent, rows)
    return rows
  }

  async function openBranch(id: string): Promise<void> {
    open.value.add(id)
    if (!branches.value.has(id)) await fetchBranch(id)
  }

  async function switchBranch(id: string): Promise<void> {
    if (open.value.delete(id)) return
    try {
      await openBranch(id)
    } catch (error) {
      treeFault.value = (error as Error).message
    }
  }

  function refused(): void {
    isRefused.value = true
  }

  return {
    news, found, inFlight, refusals, vouchers, permits, nodes, open, treeFault, isTreeLoading, isRefused,
    arrived, refused, show, leave, refetch, switchBranch,
  }
})
