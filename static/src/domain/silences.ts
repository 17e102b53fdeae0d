/** Which alerts a silence covers, as far as an alert says itself. */

import type { Silence } from '@/api/silences'
import type { Alert } from '@/api/types'
import { millisecondsOf } from './times'

/** All matchers must fit; what the alert does not name, such as an account's customer, does not. */
export function covers({ matchers, starts_ns, ends_ns }: Silence, alert: Alert, nowMs: number): boolean {
  if (nowMs < millisecondsOf(starts_ns) || nowMs >= millisecondsOf(ends_ns)) return false
  const said: Record<string, string> = { ...alert.key, rule: alert.rule, level: alert.level }
  return Object.entries(matchers).every(([name, value]) => said[name] === value)
}
