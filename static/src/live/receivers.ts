/** Which store takes what of which topic. */

import type { AlertMessage, FeedProblems, Health, Orders, Sessions, Statistics } from '@/api/types'
import { useAlerts } from '@/stores/alerts'
import { useFeeds } from '@/stores/feeds'
import { useFlow } from '@/stores/flow'
import { useOverview } from '@/stores/overview'
import type { Receivers } from './subscriptions'

export function receivers(): Receivers {
  const alerts = useAlerts()
  const overview = useOverview()
  const flow = useFlow()
  const feeds = useFeeds()
  const { refused } = overview
  return {
    alerts: {
      receive: (data) => alerts.receive(data as AlertMessage),
      resync: () => void alerts.resync(),
      refused,
    },
    orders: {
      receive: (data) => {
        overview.ordersArrived(data as Orders)
        flow.arrived(data as Orders)
      },
      refused,
    },
    sessions: { receive: (data) => feeds.sessionsArrived(data as Sessions), refused },
    problems: { receive: (data) => feeds.problemsArrived(data as FeedProblems), refused },
    health: { receive: (data) => overview.healthArrived(data as Health), refused },
    statistics: { receive: (data) => overview.statisticsArrived(data as Statistics), refused },
  }
}
