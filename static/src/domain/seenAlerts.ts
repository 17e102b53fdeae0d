/** Which alerts this page has met, so that each prompts once, also after the connection was away. */

import type { Alert, Ns } from '@/api/types'
import { laterFirst } from './times'

const SEEN_MAX = 100_000
/** Shards do not raise in one order of time: a cut log may have lost slightly older alerts. */
const MARGIN_NS = 60_000_000_000n

export class SeenAlerts {
  private ids = new Set<string>()
  private newest: Ns | null = null
  private floor: Ns | null = null

  /** True for an alert met for the first time. */
  meet({ id, time_ns }: Alert): boolean {
    if (this.ids.has(id)) return false
    if (this.ids.size >= SEEN_MAX) this.ids = new Set([...this.ids].slice(SEEN_MAX / 2))
    this.ids.add(id)
    if (this.newest === null || laterFirst(time_ns, this.newest) < 0) this.newest = time_ns
    return true
  }

  /** The newest alerts as this page began: older ones are nobody's news. */
  begin(alerts: readonly Alert[]): void {
    alerts.forEach((alert) => this.meet(alert))
    this.floor = alerts.at(-1)?.time_ns ?? '0'
  }

  /** Alerts later than this may be news; null before it has begun. */
  get since(): Ns | null {
    if (this.floor === null || this.newest === null) return this.floor
    const reach = String(BigInt(this.newest) - MARGIN_NS)
    return laterFirst(reach, this.floor) < 0 ? reach : this.floor
  }
}
