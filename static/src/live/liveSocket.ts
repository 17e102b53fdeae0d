/** One socket to /ws/live: subscriptions by what is looked at, commands, reconnecting. */

import { ApiError } from '@/api/http'
import { backoffMs } from './backoff'
import { Commands } from './commands'
import { isSubscribed, isTopic, parseFrame, type Topic } from './frames'
import { Subscriptions, type Receivers, type Stops } from './subscriptions'

export interface Wire {
  readyState: number
  onopen: (() => void) | null
  onmessage: ((event: { data: string }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(code?: number): void
}

export interface LiveSocketEvents {
  opened(): void
  lost(code: number, retryInMs: number | null): void
  /** There and back, and the server's clock half-way, where it tells it. */
  latency(ms: number, atNs?: string): void
  received(topic: Topic): void
}

const OPEN = 1
export const PING_MS = 5_000
/** Not while the page is still drawing itself. */
const FIRST_PING_MS = 1_000
export const NOT_LOGGED_IN = 4401
const SILENT_CLOSE = 1006

export class LiveSocket {
  private wire: Wire | null = null
  private attempt = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private firstPing: ReturnType<typeof setTimeout> | undefined
  private pings: ReturnType<typeof setInterval> | undefined
  private readonly commands = new Commands((frame) => this.send(frame))
  private readonly subscriptions: Subscriptions

  constructor(
    private readonly dial: () => Wire,
    receivers: Receivers,
    private readonly events: LiveSocketEvents,
    stops?: Stops,
  ) {
    this.subscriptions = new Subscriptions(receivers, (frame) => this.send(frame), stops)
  }

  watch(topic: Topic): () => void {
    return this.subscriptions.watch(topic)
  }

  command(name: string, args: object): Promise<unknown> {
    return this.commands.run(name, args)
  }

  connect(): void {
    clearTimeout(this.retry)
    if (this.wire) return
    const wire = (this.wire = this.dial())
    wire.onopen = () => this.opened()
    wire.onmessage = ({ data }) => this.received(data)
    wire.onclose = ({ code }) => this.closed(wire, code)
  }

  stop(): void {
    clearTimeout(this.retry)
    this.drop(1000)
  }

  private opened(): void {
    this.events.opened()
    this.subscriptions.renew()
    this.pings = setInterval(() => void this.ping(), PING_MS)
    this.firstPing = setTimeout(() => void this.ping(), FIRST_PING_MS)
  }

  private async ping(): Promise<void> {
    const sent = performance.now()
    try {
      const answer = (await this.commands.run('ping', {})) as { at_ns?: string } | undefined
      this.attempt = 0
      this.events.latency(performance.now() - sent, answer?.at_ns)
    } catch (error) {
      // A server that answers with a refusal is there; one that does not answer is not.
      if (!(error instanceof ApiError) && this.wire) this.closed(this.wire, SILENT_CLOSE)
    }
  }

  private received(text: string): void {
    const frame = parseFrame(text)
    if (isTopic(frame)) {
      this.subscriptions.receive(frame)
      this.events.received(frame.topic)
    } else if (isSubscribed(frame)) this.subscriptions.begin(frame)
    else this.commands.answer(frame)
  }

  private closed(wire: Wire, code: number): void {
    if (wire !== this.wire) return
    this.drop(code)
    if (code === NOT_LOGGED_IN) return this.events.lost(code, null)
    const wait = backoffMs(this.attempt++)
    this.retry = setTimeout(() => this.connect(), wait)
    this.events.lost(code, wait)
  }

  private drop(code: number): void {
    const wire = this.wire
    this.wire = null
    clearTimeout(this.firstPing)
    clearInterval(this.pings)
    this.commands.abandon()
    if (wire && code !== NOT_LOGGED_IN) wire.close()
  }

  private send(frame: object): boolean {
    if (this.wire?.readyState !== OPEN) return false
    this.wire.send(JSON.stringify(frame))
    return true
  }
}
