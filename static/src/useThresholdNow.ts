/** The threshold that is in force now where an alert was judged, from the store that has it. */
import type { Alert, Cmp, Reading } from '@/api/types'
import type { Metric } from '@/api/business'
import { limitsOf, reachedRung } from '@/domain/hostJudgement'
import { metricOfAlert, standingOf, thresholdOfAlert } from '@/domain/judgement'
import { thresholdBehind } from '@/domain/thresholds'
import { useBusiness } from '@/stores/business'
import { useHosts } from '@/stores/hosts'
import { useThresholds } from '@/stores/thresholds'

type Judged = Pick<Alert, 'rule' | 'level' | 'values' | 'key'>

/** Without a value there is none any more. */
export interface ThresholdNow {
  id: number | string
  value: string | null
  cmp: Cmp
  unit: string
}

/** Null while it is not known. */
export function useThresholdNow(): (alert: Judged, reading: Reading) => ThresholdNow | null {
  const [rules, hosts, business] = [useThresholds(), useHosts(), useBusiness()]

  function ofHost({ level, key }: Judged, { indicator }: Reading) {
    const subject = Object.entries(key).find(([name]) => name !== 'host')?.[1]
    const row = limitsOf(key.host ?? '', [indicator, subject].filter(Boolean).join(' '), hosts.thresholds)
    return row && { ...row, value: reachedRung(row, level === 'warn' ? 1 : 2) }
  }

  function ofMetric({ level, key }: Judged, metric: Metric, { threshold }: Reading) {
    const row = thresholdOfAlert({ key, level, metric, threshold }, business.figures, business.thresholds)
    return row && { ...row, value: row[standingOf(level)] }
  }

  function ofRule(alert: Judged, reading: Reading) {
    const row = thresholdBehind(rules.rows, alert, reading)
    return row ? { ...row, value: String(row.value) } : null
  }

  return (alert, reading) => {
    const gone = { id: '', value: null, cmp: reading.cmp, unit: reading.unit }
    // Those of modules are not told to pages.
    if ('module' in alert.key) return null
    if ('host' in alert.key) return hosts.isJudged ? (ofHost(alert, reading) ?? gone) : null
    const metric = metricOfAlert(alert)
    if (metric) return business.isLoaded ? (ofMetric(alert, metric, reading) ?? gone) : null
    return rules.isLoaded ? (ofRule(alert, reading) ?? gone) : null
  }
}
