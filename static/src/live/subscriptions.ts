/** Which topics are looked at, by how many, and up to which message each has been read. */

import { familyOf, type Family, type SubscribedFrame, type Topic, type TopicFrame } from './frames'
import { judge, type Kind } from './sequence'

export interface Receiver {
  receive(data: unknown, topic: Topic): void
  /** A log began or has a hole: what came before must be fetched. */
  resync?(): void
  refused?(topic: Topic): void
}

export type Receivers = Record<Family, Receiver>

/** Told of topics whose function module an administrator has disabled, and of those that begin. */
export interface Stops {
  topicStopped(topic: Topic): void
  topicBegan(topic: Topic): void
}

/** How the server says that. */
const STOPPED = 'disabled'
const RETRY_MS = 5_000
const NOBODY: Stops = { topicStopped: () => undefined, topicBegan: () => undefined }

interface Subscription {
  watchers: number
  kind: Kind | null
  last: number
}

export class Subscriptions {
  private readonly byTopic = new Map<Topic, Subscription>()

  constructor(
    private readonly receivers: Receivers,
    private readonly send: (frame: object) => boolean,
    private readonly stops: Stops = NOBODY,
  ) {}

  /** The answer ends the watching. */
  watch(topic: Topic): () => void {
    const known = this.byTopic.get(topic)
    if (known) known.watchers += 1
    else {
      this.byTopic.set(topic, { watchers: 1, kind: null, last: 0 })
      this.send({ op: 'subscribe', topics: [topic] })
    }
    return () => this.leave(topic)
  }

  renew(): void {
    const topics = [...this.byTopic.keys()]
    for (const subscription of this.byTopic.values()) subscription.kind = null
    if (topics.length > 0) this.send({ op: 'subscribe', topics })
  }

  begin({ topics, refused = {} }: SubscribedFrame): void {
    for (const [topic, subscription] of this.byTopic) {
      const begun = topics[topic]
      if (begun) {
        Object.assign(subscription, { kind: begun.kind, last: begun.seq })
        this.stops.topicBegan(topic)
        if (begun.kind === 'log') this.receivers[familyOf(topic)].resync?.()
      } else if (refused[topic] === STOPPED) this.stopped(topic, subscription)
      else if (topic in refused) this.receivers[familyOf(topic)].refused?.(topic)
    }
  }

  /** Asked for again until it is told again. */
  private stopped(topic: Topic, subscription: Subscription): void {
    subscription.kind = null
    this.stops.topicStopped(topic)
    setTimeout(() => {
      if (this.byTopic.get(topic)?.kind === null) this.send({ op: 'subscribe', topics: [topic] })
    }, RETRY_MS)
  }

  receive({ topic, seq, data }: TopicFrame): void {
    const subscription = this.byTopic.get(topic)
    if (!subscription?.kind) return
    const verdict = judge(subscription.kind, subscription.last, seq)
    if (verdict === 'skip') return
    subscription.last = seq
    this.receivers[familyOf(topic)].receive(data, topic)
    if (verdict === 'gap') this.receivers[familyOf(topic)].resync?.()
  }

  private leave(topic: Topic): void {
    const subscription = this.byTopic.get(topic)
    if (!subscription || --subscription.watchers > 0) return
    this.byTopic.delete(topic)
    this.stops.topicBegan(topic)
    this.send({ op: 'unsubscribe', topics: [topic] })
  }
}
