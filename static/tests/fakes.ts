/** Stand-ins of the server: a socket that is fed by hand, and REST that answers from a table. */

import type { Alert, FeedProblem, FeedSession, FlowEvent, Orders, Threshold } from '@/api/types'
import type { Wire } from '@/live/liveSocket'

interface Sent {
  op: string
  id: string
  name: string
  topics: string[]
  args: object
}

export class FakeWire implements Wire {
  readyState = 0
  onopen: Wire['onopen'] = null
  onmessage: Wire['onmessage'] = null
  onclose: Wire['onclose'] = null
  readonly sent: Sent[] = []
  closes = 0

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent)
  }

  close(): void {
    this.readyState = 3
    this.closes += 1
  }

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  cut(code: number): void {
    this.readyState = 3
    this.onclose?.({ code })
  }

  /** Answers the newest command. */
  answers(answer: object): void {
    const command = this.sent.findLast((each) => each.op === 'command')
    this.says({ reply: command?.id, ...answer })
  }
}

export interface Asked {
  method: string
  path: string
  params: URLSearchParams
  body: unknown
}

type Answers = (asked: Asked) => unknown

/** The answer is the list of what was asked. An Error with a status is refused with it. */
export function fakeRest(answers: Answers): Asked[] {
  const asked: Asked[] = []
  globalThis.fetch = async (input, init = {}) => {
    const url = new URL(String(input), window.location.origin)
    const path = url.pathname.replace('/api/v1/', '')
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined
    const question = { method: init.method ?? 'GET', path, params: url.searchParams, body }
    asked.push(question)
    const answer = answers(question)
    if (answer instanceof Response) return answer
    if (!(answer instanceof Refusal)) return new Response(JSON.stringify(answer))
    return new Response(JSON.stringify({ title: 'no', status: answer.status, detail: answer.detail }), { status: answer.status })
  }
  return asked
}

export class Refusal {
  constructor(
    readonly status: number,
    readonly detail = '',
  ) {}
}

export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

const FIRST_NS = 1_795_400_045_000_000_000n

export function anAlert(number: number, changes: Partial<Alert> = {}): Alert {
  return {
    id: `2026-11-23.0.${number}.0`,
    trading_day: '2026-11-23',
    rule: 'P01',
    version: 1,
    name: { en: 'High-frequency trading', zh: '高频交易认定' },
    advice: { en: 'Slow down.', zh: '放慢报单。' },
    level: 'warn',
    key: { account: 'A1' },
    time_ns: String(FIRST_NS + BigInt(number) * 1_000_000n),
    values: [{ indicator: 'submissions_1s', value: 241, cmp: 'ge', threshold: 240, unit: 'count' }],
    order_count: 241,
    order_refs: ['R1', 'R2'],
    late: false,
    evidence: null,
    state: 'open',
    handled_by: null,
    owner: null,
    silence: null,
    shadow: false,
    handled_at_ns: null,
    comment: '',
    admin_url: `/admin/monitoring/alert/2026-11-23.0.${number}.0/change/`,
    ...changes,
  }
}

export function anEvent(number: number, changes: Partial<FlowEvent> = {}): FlowEvent {
  return {
    id: `2026-11-23.0.${number}`,
    time_ns: String(FIRST_NS + BigInt(number) * 1_000_000n),
    exchange: 'SZSE',
    account: 'A1',
    symbol: '000001',
    event: 'order',
    side: 'buy',
    price: '17.11',
    quantity: '200',
    order_ref: `R${number}`,
    cancel_of: null,
    exec_ref: null,
    outcome: null,
    counter: 'C1',
    access_system: null,
    conn: '10.0.0.1:1>10.0.0.2:2',
    late: false,
    ...changes,
  }
}

export function someOrders(newest: FlowEvent[], changes: Partial<Orders> = {}): Orders {
  return {
    as_of_ns: String(FIRST_NS), orders_per_second: newest.length, reports_per_second: 0, cancels_per_second: 0,
    history: [], newest, ...changes,
  }
}

export function aSession(changes: Partial<FeedSession> = {}): FeedSession {
  return {
    feed: 'urfront', conn: '10.0.0.1:1>10.0.0.2:2', client: '10.0.0.1:1', server: '10.0.0.2:2', protocol: 'szse',
    state: 'open', user: 'OMS001', origin: '000100', since_ns: String(FIRST_NS), last_ns: String(FIRST_NS),
    bytes: 2048, messages: 12, events: 10, gaps: 0, lost_bytes: 0, problems: 0, encrypted_bytes: 0, ...changes,
  }
}

export function aProblem(number: number, changes: Partial<FeedProblem> = {}): FeedProblem {
  return {
    id: `2026-11-23.urfront.0.${number}`, at_ns: String(FIRST_NS + BigInt(number) * 1_000_000n), problem: 'checksum',
    reason: 'message type 100101: wrong checksum', exchange: null, account: null, symbol: null, order_ref: null,
    conn: '10.0.0.1:1>10.0.0.2:2', protocol: 'szse', direction: 'up', position: 225, size: 121,
    excerpt: '0001870500000071**', ...changes,
  }
}

export function aThreshold(changes: Partial<Threshold> = {}): Threshold {
  return {
    id: 1,
    rule: 'P01',
    name: { en: 'High-frequency trading', zh: '高频交易认定' },
    indicator: 'submissions_1s',
    over: null,
    cmp: 'ge',
    unit: 'count',
    level: 'warn',
    value: '240',
    version: 1,
    scope: {},
    effective_from: null,
    ...changes,
  }
}
