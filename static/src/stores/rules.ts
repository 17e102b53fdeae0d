/** The rule catalogue: pages from REST, and one rule with its versions. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import {
  getRule,
  getVersions,
  postDecision,
  postMode,
  postProposal,
  type Decision,
  type Mode,
  type Proposal,
  type Rule,
  type Version,
  type WholeRule,
} from '@/api/rules'
import type { RuleFilter } from '@/domain/rules'
import { useSession } from './session'
import { pagedList } from './pagedList'

export const RULE_ROWS_MAX = 5_000

export const useRules = defineStore('rules', () => {
  const list = pagedList<Rule>('rules', RULE_ROWS_MAX)
  const opened = shallowRef<WholeRule | null>(null)
  const versions = shallowRef<readonly Version[] | null>(null)
  const fault = ref('')
  const session = useSession()
  let wantedCode = ''

  async function show(filter: RuleFilter): Promise<void> {
    await list.show({ ...filter })
  }

  async function open(code: string): Promise<void> {
    wantedCode = code
    fault.value = ''
    if (opened.value?.code !== code) opened.value = versions.value = null
    try {
      const maySeeVersions = session.can('monitoring.view_ruleversion')
      const [rule, page] = await Promise.all([getRule(code), maySeeVersions ? getVersions(code) : null])
      if (wantedCode !== code) return
      opened.value = rule
      versions.value = page?.results ?? []
      list.rows.value = list.rows.value.map((row) => (row.code === code ? rule : row))
    } catch (error) {
      if (wantedCode === code) fault.value = (error as Error).message
    }
  }

  function leave(): void {
    wantedCode = ''
    opened.value = versions.value = null
  }

  async function propose(code: string, proposal: Proposal): Promise<Version> {
    const version = await postProposal(code, proposal)
    await open(code)
    return version
  }

  async function decide(code: string, number: number, decision: Decision, reason: string): Promise<void> {
    try {
      await postDecision(code, number, decision, reason)
    } finally {
      await open(code)
    }
  }

  async function switchMode(code: string, mode: Mode, note: string): Promise<void> {
    await postMode(code, mode, note)
    await open(code)
  }

  return { list, opened, versions, fault, show, open, leave, propose, decide, switchMode }
})
