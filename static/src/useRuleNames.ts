/** What a rule is called: those of the engines, of business metrics and of hosts, each by its thresholds. */
import type { Bilingual } from '@/api/types'
import { useBusiness } from '@/stores/business'
import { useHosts } from '@/stores/hosts'
import { useThresholds } from '@/stores/thresholds'

export function useRuleNames(): (rule: string) => string | Bilingual {
  const [rules, business, hosts] = [useThresholds(), useBusiness(), useHosts()]
  return (rule) => {
    const found = [...business.thresholds, ...hosts.thresholds].find((row) => row.rule === rule)
    return rules.nameOf(rule) || found?.name || ''
  }
}
