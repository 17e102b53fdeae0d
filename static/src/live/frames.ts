/** Frames of /ws/live, as the contract says them. */

import { parseJson } from '@/api/json'
import type { Problem } from '@/api/types'
import type { Kind } from './sequence'

/** What a receiver is for; a pair's panel has a topic of its own, which `quotes` receives. */
export type Family = 'alerts' | 'orders' | 'sessions' | 'problems' | 'health' | 'statistics' | 'restrictions' | 'backtests' | 'ledger' | 'hosts' | 'logs' | 'data_files' | 'modules' | 'business' | 'quotes'
export type Topic = Family | `quotes.${string}`

export function familyOf(topic: Topic): Family {
  return topic.startsWith('quotes.') ? 'quotes' : (topic as Family)
}

export interface TopicFrame {
  topic: Topic
  seq: number
  data: unknown
}

export interface SubscribedFrame {
  reply: 'subscribe'
  topics: Partial<Record<Topic, { kind: Kind; seq: number }>>
  refused?: Partial<Record<Topic, string>>
}

export interface ReplyFrame {
  reply: string | null
  ok?: boolean
  data?: unknown
  error?: Problem
}

export type Frame = TopicFrame | SubscribedFrame | ReplyFrame

export function parseFrame(text: string): Frame {
  return parseJson(text) as Frame
}

export function isTopic(frame: Frame): frame is TopicFrame {
  return 'topic' in frame
}

export function isSubscribed(frame: Frame): frame is SubscribedFrame {
  return 'reply' in frame && frame.reply === 'subscribe' && 'topics' in frame
}
