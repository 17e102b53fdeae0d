import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { receivers } from '@/live/receivers'
import { useConnection } from '@/stores/connection'
import { STOP_WAITS_MS, useDesk } from '@/stores/desk'
import { topicOf, useQuotes } from '@/stores/quotes'
import { fakeRest, FakeWire, Refusal, type Asked } from './fakes'
import { aCell, aTile, BID, PAIR, somePanel, someTiles, wholeOf } from './quoteFakes'

let wire: FakeWire
let seq = 0
const tell = (topic: string, data: object) => wire.says({ topic, seq: ++seq, data })
const begin = (...topics: string[]) => wire.says({ reply: 'subscribe', topics: Object.fromEntries(topics.map((topic) => [topic, { kind: 'state', seq }])), refused: {} })
const commands = () => wire.sent.filter(({ op }) => op === 'command').map(({ name, args }) => [name, args])
const DONE = { refused: [], opened: [], withdrawn: [], took_ns: 90_000 }

afterEach(() => useConnection().stop())

beforeEach(() => {
  const own = (wire = new FakeWire())
  useConnection().start(receivers(), () => own)
  wire.open()
})

function look(pair = PAIR): () => void {
  useQuotes().pairOpened(pair)
  const end = useConnection().watchTopic(topicOf(pair))
  begin(topicOf(pair))
  return end
}

describe('what is told', () => {
  test('only the pair that is looked at is subscribed, and left again', () => {
    const end = look()
    end()
    look('EUR.USD')
    expect(wire.sent.map(({ op, topics }) => [op, topics])).toEqual([
      ['subscribe', ['quotes.USD.CNY']], ['unsubscribe', ['quotes.USD.CNY']], ['subscribe', ['quotes.EUR.USD']],
    ])
  })

  test('a whole panel comes first, then what has changed', () => {
    look()
    tell(topicOf(PAIR), wholeOf(somePanel()))
    tell(topicOf(PAIR), { cells: [[0, BID + 1]] })
    tell(topicOf(PAIR), { head: { bid: BID + 1 } })
    const { panel, seen } = useQuotes()
    expect(panel?.cells[0]?.published).toBe(BID + 1)
    expect(panel?.head.bid).toBe(BID + 1)
    expect(seen['bid 0']?.move).toBe('up')
    expect(Object.keys(seen)).toEqual(['bid 0'])
  })

  test('changes before the whole say nothing, and those of another pair neither', () => {
    look()
    tell(topicOf(PAIR), { cells: [[0, BID + 1]] })
    expect(useQuotes().panel).toBeNull()
    useQuotes().arrived(wholeOf(somePanel()), topicOf('EUR.USD'))
    expect(useQuotes().panel).toBeNull()
  })

  test('after a reconnect the whole replaces what was shown', () => {
    look()
    tell(topicOf(PAIR), wholeOf(somePanel()))
    wire.cut(1006)
    expect(useConnection().isStale).toBe(true)
    wire.open()
    useQuotes().arrived(wholeOf(somePanel({ 0: { published: BID - 5, state: 'live' } })), topicOf(PAIR))
    expect(useQuotes().panel?.cells[0]?.published).toBe(BID - 5)
    expect(useQuotes().seen['bid 0']?.move).toBe('down')
  })

  test('another pair begins with nothing of the one before', () => {
    look()
    tell(topicOf(PAIR), wholeOf(somePanel()))
    useQuotes().pairOpened('EUR.USD')
    expect(useQuotes().panel).toBeNull()
  })

  test('a pair that was taken out of use is shown no longer, and whole when it is back', () => {
    look()
    useConnection().watchTopic('quotes')
    begin('quotes', topicOf(PAIR))
    tell('quotes', someTiles(aTile()))
    tell(topicOf(PAIR), wholeOf(somePanel()))
    tell('quotes', someTiles(aTile({ pair: 'EUR.USD' })))
    expect(useQuotes().panel).toBeNull()
    expect(useQuotes().seen).toEqual({})
    tell(topicOf(PAIR), wholeOf(somePanel()))
    expect(useQuotes().panel?.cells).toHaveLength(8)
  })

  test('without an engine the panel stays, and is said to be old', () => {
    look()
    useConnection().watchTopic('quotes')
    begin('quotes', topicOf(PAIR))
    tell('quotes', someTiles(aTile()))
    tell(topicOf(PAIR), wholeOf(somePanel()))
    tell('quotes', { engine: 'away' })
    tell(topicOf(PAIR), { head: { engine: 'away' } })
    expect(useQuotes().isAway).toBe(true)
    expect(useQuotes().tiles?.tiles).toHaveLength(1)
    expect(useQuotes().panel?.cells).toHaveLength(8)
    tell(topicOf(PAIR), wholeOf(somePanel()))
    expect(useQuotes().isAway).toBe(false)
  })

  test('who comes while the engine is away is told what stood, and that it is old', () => {
    look()
    tell(topicOf(PAIR), wholeOf(somePanel({}, { engine: 'away' })))
    expect(useQuotes().isAway).toBe(true)
    expect(useQuotes().panel?.cells).toHaveLength(8)
  })

  test('a role that may not see it is told so', () => {
    useConnection().watchTopic('quotes')
    wire.says({ reply: 'subscribe', topics: {}, refused: { quotes: 'permission' } })
    expect(useQuotes().isRefused).toBe(true)
  })

  test('the clock of the server is taken from its answers', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 })
    wire.cut(1006)
    wire.open()
    await vi.advanceTimersByTimeAsync(20_000)
    wire.open()
    await vi.advanceTimersByTimeAsync(1_000)
    wire.onmessage?.({ data: `{"reply":"${wire.sent.findLast(({ op }) => op === 'command')?.id}","ok":true,"data":{"at_ns":${BigInt(Date.now() + 7_000) * 1_000_000n}}}` })
    await vi.advanceTimersByTimeAsync(0)
    expect(useConnection().clockAheadMs).toBe(7_000)
  })
})

describe('what is done', () => {
  beforeEach(() => {
    look()
    tell(topicOf(PAIR), wholeOf(somePanel()))
  })

  test('a gesture names pair, cell and value', async () => {
    const done = useDesk().touch('nudge', { side: 'ask', level: 2 }, -10)
    wire.answers({ ok: true, data: DONE })
    expect(await done).toEqual(DONE)
    expect(commands()).toEqual([['quoting.touch', { pair: PAIR, gesture: 'nudge', side: 'ask', level: 2, value: -10 }]])
  })

  test('what one cell refuses is said of that cell', async () => {
    const done = useDesk().touch('nudge', { side: 'bid', level: 1 }, 1)
    wire.answers({ ok: false, error: { type: 'urn:riskgw:price_band', title: 'no', status: 409, detail: 'outside the band' } })
    expect(await done).toBeNull()
    expect(useQuotes().refusalOf['bid 1']).toMatchObject({ gesture: 'nudge', reason: 'price_band' })
    expect(useQuotes().fault).toBe('')
  })

  test('where nobody answers, nobody knows whether it was done', async () => {
    const done = useDesk().touch('stop')
    wire.cut(1006)
    expect(await done).toBeNull()
    expect(useQuotes().fault).toBe('connection lost')
    expect(useQuotes().isFaultSure).toBe(false)
  })

  test('the editor opens at once, says what Enter will do, and saves exactly what was typed', async () => {
    const desk = useDesk()
    void desk.open(aCell({ side: 'bid', level: 1 }))
    expect(desk.editor).toMatchObject({ draft: '6.4688', isOpen: false, livePrice: BID })
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'bid', level: 1, price: BID, publishes: true }] } })
    await flushPromises()
    expect(desk.editor).toMatchObject({ isOpen: true, publishes: true })
    desk.draftTyped('6.46901')
    expect(await desk.save(false)).toBe(false)
    expect(desk.editor?.fault).toBe('tooManyDecimals')
    desk.draftTyped('6.469')
    const saved = desk.save(true)
    wire.answers({ ok: true, data: DONE })
    expect(await saved).toBe(true)
    expect(commands().at(-1)).toEqual(['quoting.touch', { pair: PAIR, gesture: 'enter_start', side: 'bid', level: 1, value: 64_690 }])
    expect(desk.editor).toBeNull()
  })

  test('a price that is refused stays to be mended', async () => {
    const desk = useDesk()
    void desk.open(aCell())
    wire.answers({ ok: true, data: { ...DONE, opened: [{ pair: PAIR, side: 'bid', level: 0, price: BID, publishes: true }] } })
    await flushPromises()
    const saved = desk.save(false)
    wire.answers({ ok: false, error: { type: 'urn:riskgw:crossed', title: 'no', status: 409 } })
    expect(await saved).toBe(false)
    expect(desk.editor).toMatchObject({ draft: '6.4688', isSaving: false })
    expect(useQuotes().refusalOf['bid 0']?.reason).toBe('crossed')
  })

  test('an editor that the engine does not open closes again', async () => {
    const desk = useDesk()
    void desk.open(aCell())
    wire.answers({ ok: false, error: { type: 'urn:riskgw:engine_away', title: 'no', status: 503, detail: 'The quote engine is not running.' } })
    await flushPromises()
    expect(desk.editor).toBeNull()
    expect(useQuotes().fault).toBe('The quote engine is not running.')
    expect(useQuotes().isFaultSure).toBe(true)
  })

  test('Esc leaves the price as it was', async () => {
    const desk = useDesk()
    void desk.open(aCell())
    void desk.leave()
    expect(desk.editor).toBeNull()
    expect(commands().at(-1)).toEqual(['quoting.touch', { pair: PAIR, gesture: 'esc', side: 'bid', level: 0 }])
  })
})

describe('the stop of the whole book', () => {
  const withdrawn = [{ channel: 'CHANNEL1', is_up: true, messages: 1 }]
  const answer = { ...DONE, withdrawn, took_ns: 812_000 }
  let asked: Asked[]

  beforeEach(() => {
    vi.useFakeTimers()
    asked = fakeRest(() => answer)
  })

  test('goes by the socket, and is said channel by channel', async () => {
    void useDesk().stopBook()
    expect(useDesk().stop?.phase).toBe('asked')
    wire.answers({ ok: true, data: answer })
    await vi.advanceTimersByTimeAsync(STOP_WAITS_MS * 2)
    expect(useDesk().stop).toMatchObject({ phase: 'done', way: 'socket', withdrawn, tookMs: 0.812 })
    expect(asked).toEqual([])
  })

  test('goes past a socket that does not answer in time', async () => {
    void useDesk().stopBook()
    await vi.advanceTimersByTimeAsync(STOP_WAITS_MS - 1)
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(asked.map(({ method, path }) => [method, path])).toEqual([['POST', 'quoting/stop-all']])
    expect(useDesk().stop).toMatchObject({ phase: 'done', way: 'rest' })
    wire.answers({ ok: true, data: { ...answer, took_ns: 1 } })
    await vi.advanceTimersByTimeAsync(0)
    expect(useDesk().stop?.way).toBe('rest')
  })

  test('goes past a socket that is not there at once', async () => {
    wire.cut(1006)
    void useDesk().stopBook()
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(1)
    expect(useDesk().stop?.phase).toBe('done')
  })

  test('says so where neither way confirms it', async () => {
    fakeRest(() => new Refusal(503, 'The quote engine is not running.'))
    void useDesk().stopBook()
    wire.answers({ ok: false, error: { title: 'no', status: 503, detail: 'away' } })
    await vi.advanceTimersByTimeAsync(STOP_WAITS_MS)
    expect(useDesk().stop).toMatchObject({ phase: 'failed', fault: 'The quote engine is not running.' })
  })
})
