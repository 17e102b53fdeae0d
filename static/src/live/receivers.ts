/** Which store takes what of which topic. */

import type { AlertMessage, Health, Orders, Statistics } from '@/api/types'
import { useAlerts } from '@/stores/alerts'
import { useOverview } from '@/stores/overview'
import type { Receivers } from './subscriptions'

export function receivers(): Receivers {
  const alerts = useAlerts()
  const overview = useOverview()
  const { refused } = overview
  return {
    alerts: {
      receive: (data) => alerts.receive(data as AlertMessage),
      resync: () => void alerts.resync(),
      refused,
    },
    orders: { receive: (data) => overview.ordersArrived(data as Orders), refused },
    health: { receive: (data) => overview.healthArrived(data as Health), refused },
    statistics: { receive: (data) => overview.statisticsArrived(data as Statistics), refused },
  }
}
