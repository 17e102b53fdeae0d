/** Who is stopped: pages from REST, changes from the log. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  getRestriction,
  postRelease,
  postRestriction,
  type Released,
  type Restriction,
  type RestrictionMessage,
  type WholeRestriction,
  type Wish,
} from '@/api/restrictions'
import { getPage } from '@/api/pages'
import { withChange, type RestrictionFilter } from '@/domain/restrictions'
import { pagedList } from './pagedList'

export const RESTRICTION_ROWS_MAX = 5_000

export const useRestrictions = defineStore('restrictions', () => {
  const list = pagedList<Restriction>('restrictions', RESTRICTION_ROWS_MAX)
  const activeRows = shallowRef<readonly Restriction[] | null>(null)
  const hasMoreActive = ref(false)
  const opened = shallowRef<WholeRestriction | null>(null)
  let filter: RestrictionFilter | null = null
  let wantedId = ''

  const active = computed(() => activeRows.value?.length ?? null)

  function receive({ restriction }: RestrictionMessage): void {
    activeRows.value = withChange(activeRows.value ?? [], restriction, { state: 'active' })
    if (filter && list.loading.value !== 'first') list.rows.value = withChange(list.rows.value, restriction, filter)
    if (opened.value?.id === restriction.id) void open(restriction.id).catch(() => undefined)
  }

  /** The log begins, or has a hole. */
  async function resync(): Promise<void> {
    const page = await getPage<Restriction>('restrictions', { state: 'active' })
    activeRows.value = page.results
    hasMoreActive.value = page.next !== null
    if (filter) await list.reread()
    if (opened.value) await open(opened.value.id)
  }

  async function show(wanted: RestrictionFilter): Promise<void> {
    filter = wanted
    await list.show({ ...wanted })
  }

  async function open(id: string): Promise<void> {
    wantedId = id
    const found = await getRestriction(id)
    if (wantedId === id) opened.value = found
  }

  function leave(): void {
    wantedId = ''
    opened.value = null
  }

  async function release(id: string, reason: string): Promise<Released> {
    const released = await postRelease(id, reason)
    receive({ change: released.needs ? 'proposed' : 'released', restriction: released })
    return released
  }

  async function restrict(wish: Wish): Promise<Restriction> {
    const restriction = await postRestriction(wish)
    receive({ change: 'restricted', restriction })
    return restriction
  }

  return { list, active, hasMoreActive, opened, receive, resync, show, open, leave, release, restrict }
})
