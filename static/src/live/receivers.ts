/** Which store takes what of which topic. */

import type { LedgerNews } from '@/api/ledger'
import type { BusinessNews, MetricThreshold } from '@/api/business'
import type { HostNews, SystemThreshold } from '@/api/hosts'
import type { DataNews } from '@/api/dataFiles'
import type { LogNews } from '@/api/logs'
import type { ModuleNews } from '@/api/modules'
import type { BacktestMessage } from '@/api/backtests'
import type { RestrictionMessage } from '@/api/restrictions'
import type { AlertMessage, FeedProblems, Health, Orders, Sessions, Statistics } from '@/api/types'
import { useAlerts } from '@/stores/alerts'
import { useBacktests } from '@/stores/backtests'
import { useBusiness } from '@/stores/business'
import { useDataFiles } from '@/stores/dataFiles'
import { useFeeds } from '@/stores/feeds'
import { useFlow } from '@/stores/flow'
import { useHosts } from '@/stores/hosts'
import { useLedger } from '@/stores/ledger'
import { useModules } from '@/stores/modules'
import { useLogs } from '@/stores/logs'
import { useOverview } from '@/stores/overview'
import { useQuotes } from '@/stores/quotes'
import { useRestrictions } from '@/stores/restrictions'
import { useSession } from '@/stores/session'
import type { Receivers } from './subscriptions'

interface MetricThresholdNews {
  change: 'metric_thresholds'
  thresholds: MetricThreshold[]
}

interface SystemThresholdNews {
  change: 'system_thresholds'
  thresholds: SystemThreshold[]
  removed: number[]
}

export function receivers(): Receivers {
  const alerts = useAlerts()
  const overview = useOverview()
  const flow = useFlow()
  const feeds = useFeeds()
  const restrictions = useRestrictions()
  const backtests = useBacktests()
  const ledger = useLedger()
  const hosts = useHosts()
  const logs = useLogs()
  const dataFiles = useDataFiles()
  const modules = useModules()
  const business = useBusiness()
  const quotes = useQuotes()
  const session = useSession()
  const { refused } = overview
  return {
    alerts: {
      receive: (data) => {
        const news = data as AlertMessage | MetricThresholdNews | SystemThresholdNews
        if (news.change === 'metric_thresholds') business.thresholdsChanged(news.thresholds)
        else if (news.change === 'system_thresholds') hosts.thresholdsChanged(news.thresholds, news.removed)
        else alerts.receive(news)
      },
      resync: () => {
        void alerts.resync()
        if (session.can('monitoring.view_metricfigure')) void business.fetchAll()
        if (session.can('monitoring.view_host')) void hosts.fetchThresholds()
      },
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
    restrictions: {
      receive: (data) => restrictions.receive(data as RestrictionMessage),
      resync: () => void restrictions.resync().catch(() => undefined),
    },
    ledger: { receive: (data) => ledger.arrived(data as LedgerNews), refused: ledger.refused },
    hosts: { receive: (data) => hosts.arrived(data as HostNews), refused: hosts.refused },
    logs: { receive: (data) => logs.arrived(data as LogNews), refused: logs.refused },
    data_files: { receive: (data) => dataFiles.arrived(data as DataNews), refused: dataFiles.refused },
    modules: { receive: (data) => modules.arrived(data as ModuleNews), refused: modules.refused },
    business: { receive: (data) => business.figuresArrived(data as BusinessNews), refused: business.refused },
    quotes: { receive: quotes.arrived, refused: quotes.topicRefused },
    backtests: {
      receive: (data) => backtests.receive(data as BacktestMessage),
      resync: () => void backtests.resync(),
    },
    statistics: { receive: (data) => overview.statisticsArrived(data as Statistics), refused },
  }
}
