import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/http'
import { backoffMs } from '@/live/backoff'
import { ANSWER_WITHIN_MS, NoAnswer } from '@/live/commands'
import { LiveSocket } from '@/live/liveSocket'
import { judge } from '@/live/sequence'
import type { Receivers } from '@/live/subscriptions'
import { FakeWire } from './fakes'

let wires: FakeWire[]
let heard: string[]
let socket: LiveSocket

const wire = () => wires.at(-1) as FakeWire
const begun = (kind: string, seq: number, topic = 'alerts') =>
  wire().says({ reply: 'subscribe', topics: { [topic]: { kind, seq } }, refused: {} })

beforeEach(() => {
  vi.useFakeTimers()
  wires = []
  heard = []
  const receiver = (topic: string) => ({
    receive: (data: unknown) => heard.push(`${topic} ${JSON.stringify(data)}`),
    resync: () => heard.push(`${topic} resync`),
    refused: () => heard.push(`${topic} refused`),
  })
  const receivers = Object.fromEntries(
    ['alerts', 'orders', 'health', 'statistics'].map((topic) => [topic, receiver(topic)]),
  ) as unknown as Receivers
  const events = {
    opened: () => heard.push('opened'),
    lost: (code: number, wait: number | null) => heard.push(`lost ${code} ${wait === null ? 'for good' : 'for now'}`),
    latency: () => heard.push('latency'),
    received: () => undefined,
  }
  const dial = () => {
    wires.push(new FakeWire())
    return wire()
  }
  socket = new LiveSocket(dial, receivers, events)
  socket.connect()
})

test('what is watched before the socket opens is subscribed when it opens', () => {
  socket.watch('alerts')
  wire().open()
  expect(wire().sent[0]).toEqual({ op: 'subscribe', topics: ['alerts'] })
})

test('two watchers subscribe once, and the last to leave unsubscribes', () => {
  wire().open()
  const ends = [socket.watch('orders'), socket.watch('orders')]
  ends[0]?.()
  expect(wire().sent.map(({ op }) => op)).toEqual(['subscribe'])
  ends[1]?.()
  expect(wire().sent.map(({ op }) => op)).toEqual(['subscribe', 'unsubscribe'])
})

describe('a log', () => {
  beforeEach(() => {
    socket.watch('alerts')
    wire().open()
    begun('log', 17)
    heard.length = 0
  })

  test('fetches what came before when it begins', () => {
    begun('log', 17)
    expect(heard).toEqual(['alerts resync'])
  })

  test('passes on what follows without a gap', () => {
    wire().says({ topic: 'alerts', seq: 18, data: 1 })
    wire().says({ topic: 'alerts', seq: 19, data: 2 })
    expect(heard).toEqual(['alerts 1', 'alerts 2'])
  })

  test('takes a message once', () => {
    wire().says({ topic: 'alerts', seq: 18, data: 1 })
    wire().says({ topic: 'alerts', seq: 18, data: 1 })
    expect(heard).toEqual(['alerts 1'])
  })

  test('fetches again after a gap', () => {
    wire().says({ topic: 'alerts', seq: 20, data: 3 })
    wire().says({ topic: 'alerts', seq: 21, data: 4 })
    expect(heard).toEqual(['alerts 3', 'alerts resync', 'alerts 4'])
  })

  test('is subscribed and fetched again after the connection was lost', () => {
    wire().cut(1006)
    vi.advanceTimersByTime(20_000)
    expect(wires).toHaveLength(2)
    wire().open()
    begun('log', 40)
    expect(heard).toEqual(['lost 1006 for now', 'opened', 'alerts resync'])
  })
})

test('a state keeps the newest and may jump', () => {
  socket.watch('health')
  wire().open()
  begun('state', 4, 'health')
  heard.length = 0
  for (const seq of [4, 9, 8]) wire().says({ topic: 'health', seq, data: seq })
  expect(heard).toEqual(['health 4', 'health 9'])
})

test('numbers that begin again after an emptied bus are believed', () => {
  expect(judge('state', 5_000, 1)).toBe('take')
  expect(judge('log', 5_000, 1)).toBe('gap')
})

test('a topic the role may not see says so', () => {
  socket.watch('orders')
  wire().open()
  wire().says({ reply: 'subscribe', topics: {}, refused: { orders: 'permission' } })
  expect(heard).toContain('orders refused')
})

test('frames of a topic nobody watches any more are dropped', () => {
  const end = socket.watch('orders')
  wire().open()
  begun('state', 1, 'orders')
  end()
  wire().says({ topic: 'orders', seq: 2, data: 'late' })
  expect(heard).not.toContain('orders "late"')
})

describe('a command', () => {
  beforeEach(() => wire().open())

  test('gets its own answer', async () => {
    const answer = socket.command('alerts.close', { id: 'x' })
    wire().answers({ ok: true, data: { state: 'closed' } })
    expect(await answer).toEqual({ state: 'closed' })
  })

  test('that is refused says why', async () => {
    const answer = socket.command('alerts.close', { id: 'x' })
    wire().answers({ ok: false, error: { title: 'Conflict', status: 409, detail: 'first' } })
    await expect(answer).rejects.toMatchObject({ status: 409, message: 'first' } satisfies Partial<ApiError>)
  })

  test('without an answer in time is given up', async () => {
    const answer = socket.command('alerts.close', {})
    const outcome = expect(answer).rejects.toBeInstanceOf(NoAnswer)
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS)
    await outcome
  })

  test('is given up when the connection goes', async () => {
    const outcome = expect(socket.command('alerts.close', {})).rejects.toBeInstanceOf(NoAnswer)
    wire().cut(1006)
    await outcome
  })
})

test('a server that stays silent is left and called again', async () => {
  wire().open()
  await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS + 6_000)
  expect(heard).toContain('lost 1006 for now')
  expect(wires[0]?.closes).toBe(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(wires.length).toBeGreaterThan(1)
})

test('without log-in it does not try again', () => {
  wire().cut(4401)
  vi.advanceTimersByTime(60_000)
  expect(heard).toEqual(['lost 4401 for good'])
  expect(wires).toHaveLength(1)
})

test('waiting doubles up to a bound and is partly left to chance', () => {
  expect([0, 1, 2].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1_000, 2_000])
  expect(backoffMs(30, 1)).toBe(15_000)
  expect(backoffMs(30, 0)).toBe(7_500)
})
