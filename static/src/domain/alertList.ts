/** A list of alerts, newest first, each once. Lists are values: a change gives another list. */

import type { Alert, StateChange } from '@/api/types'
import { laterFirst } from './times'

export type Alerts = readonly Alert[]

function inOrder(left: Alert, right: Alert): number {
  return laterFirst(left.time_ns, right.time_ns) || (left.id < right.id ? 1 : left.id > right.id ? -1 : 0)
}

export function merged(alerts: Alerts, arrived: Alerts): Alerts {
  if (arrived.length === 0) return alerts
  const byId = new Map(alerts.map((alert) => [alert.id, alert]))
  for (const alert of arrived) byId.set(alert.id, newer(byId.get(alert.id), alert))
  return [...byId.values()].sort(inOrder)
}

export function replaced(alerts: Alerts, alert: Alert): Alerts {
  const place = alerts.findIndex((each) => each.id === alert.id)
  return place < 0 ? alerts : alerts.with(place, newer(alerts[place], alert))
}

export function withState(alert: Alert, change: StateChange): Alert {
  const { state, by, at_ns, comment, owner } = change
  const known = newer(alert, { ...alert, state, handled_by: by, handled_at_ns: at_ns, comment })
  return { ...known, owner }
}

/** An answer that was on its way while the alert was handled does not undo it. */
function newer(known: Alert | undefined, arrived: Alert): Alert {
  if (!known?.handled_at_ns) return arrived
  if (!arrived.handled_at_ns) return known
  return laterFirst(known.handled_at_ns, arrived.handled_at_ns) < 0 ? known : arrived
}
