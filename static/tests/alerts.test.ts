import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Alert } from '@/api/types'
import { receivers } from '@/live/receivers'
import { useAlerts } from '@/stores/alerts'
import { useConnection } from '@/stores/connection'
import { usePrompts } from '@/stores/prompts'
import { anAlert, fakeRest, FakeWire, Refusal, settled, type Asked } from './fakes'

let stored: Alert[]
let asked: Asked[]
let wire: FakeWire

const ids = () => useAlerts().rows.map(({ id }) => Number(id.split('.')[2]))
const raise = (alert: Alert) => useAlerts().receive({ change: 'raised', alert })

function rest({ method, path, params }: Asked): unknown {
  if (path === 'thresholds') return { next: null, results: [] }
  const [, id, verb] = path.split('/')
  if (method === 'POST') return { ...anAlert(1), id, state: verb === 'close' ? 'closed' : 'acknowledged' }
  if (id) return stored.find((each) => each.id === id) ?? new Refusal(404, 'no such alert')
  const at = Number(params.get('cursor') ?? 0)
  const next = at + 2 < stored.length ? `https://site/api/v1/alerts?cursor=${at + 2}` : null
  return { next, results: stored.slice(at, at + 2) }
}

beforeEach(() => {
  stored = [anAlert(4), anAlert(3), anAlert(2), anAlert(1)]
  asked = fakeRest(rest)
  wire = new FakeWire()
  useConnection().start(receivers(), () => wire)
  wire.open()
})

test('pages follow the cursor to the end', async () => {
  const alerts = useAlerts()
  await alerts.show({})
  expect(ids()).toEqual([4, 3])
  await alerts.older()
  await alerts.older()
  expect(ids()).toEqual([4, 3, 2, 1])
  expect(asked.map(({ params }) => params.get('cursor'))).toEqual([null, '2'])
})

test('a raised alert comes on top only if it fits the filter', async () => {
  await useAlerts().show({ level: 'warn' })
  raise(anAlert(9, { level: 'limit' }))
  raise(anAlert(8))
  expect(ids()).toEqual([8, 4, 3])
})

test('an alert that no longer fits leaves the list', async () => {
  const alerts = useAlerts()
  await alerts.show({ state: 'open' })
  alerts.receive({ change: 'state', alert: { id: anAlert(4).id, state: 'closed', by: 'ops', at_ns: '1795400099000000000', comment: '', owner: null } })
  expect(ids()).toEqual([3])
})

test('what is raised while a page is fetched is not lost', async () => {
  const showing = useAlerts().show({})
  raise(anAlert(7))
  await showing
  expect(ids()).toEqual([7, 4, 3])
})

test('what stood in the list at the start does not prompt, what is raised does', async () => {
  await useAlerts().resync()
  expect(usePrompts().shown).toHaveLength(0)
  raise(anAlert(5))
  raise(anAlert(5))
  expect(usePrompts().shown).toHaveLength(1)
})

test('what was raised while the connection was away prompts after it is back', async () => {
  await useAlerts().resync()
  stored = [anAlert(6, { level: 'limit' }), anAlert(5, { state: 'closed' }), ...stored]
  await useAlerts().resync()
  expect(usePrompts().shown.map(({ alert }) => alert.id)).toEqual([anAlert(6).id])
  expect(ids()).toEqual([6, 5])
})

test('an alert acknowledged by a colleague prompts no longer', async () => {
  raise(anAlert(5, { level: 'limit' }))
  useAlerts().receive({ change: 'state', alert: { id: anAlert(5).id, state: 'acknowledged', by: 'ops', at_ns: '1795400099000000000', comment: '', owner: null } })
  expect(usePrompts().shown).toEqual([])
})

describe('acknowledging', () => {
  test('goes over the socket', async () => {
    await useAlerts().show({})
    const done = useAlerts().handle('acknowledge', anAlert(4).id, 'seen')
    wire.answers({ ok: true, data: anAlert(4, { state: 'acknowledged', handled_by: 'risk', handled_at_ns: '1795400099000000000' }) })
    await done
    expect(wire.sent.at(-1)).toMatchObject({ name: 'alerts.acknowledge', args: { id: anAlert(4).id, comment: 'seen' } })
    expect(useAlerts().rows[0]?.state).toBe('acknowledged')
  })

  test('goes by REST when the socket is gone', async () => {
    wire.cut(1006)
    await useAlerts().handle('close', anAlert(4).id, 'done')
    expect(asked.at(-1)).toMatchObject({ method: 'POST', path: `alerts/${anAlert(4).id}/close`, body: { comment: 'done' } })
  })

  test('is not tried by REST when the server has refused it', async () => {
    const done = useAlerts().handle('close', anAlert(4).id, '')
    wire.answers({ ok: false, error: { title: 'Conflict', status: 409, detail: '' } })
    await expect(done).rejects.toMatchObject({ status: 409 })
    expect(asked).toEqual([])
  })
})

test('an alert not stored yet opens as it was raised, and is asked for again', async () => {
  raise(anAlert(9))
  const opening = useAlerts().open(anAlert(9).id)
  expect(useAlerts().opened?.id).toBe(anAlert(9).id)
  await settled()
  stored = [anAlert(9, { order_refs: ['R1', 'R2', 'R3'] })]
  await opening
  expect(useAlerts().opened?.order_refs).toHaveLength(3)
})

test('an alert raised a moment ago stays in a list that is fetched before it is stored', async () => {
  raise(anAlert(9))
  await useAlerts().show({ level: 'warn' })
  expect(ids()).toEqual([9, 4, 3])
})

test('messages that the server says were missed are fetched', async () => {
  await useAlerts().resync()
  stored = [anAlert(6), ...stored]
  useAlerts().receive({ change: 'missed' })
  await settled()
  expect(usePrompts().shown).toHaveLength(1)
})

test('an alert is opened by its number, whatever the list shows', async () => {
  await useAlerts().open(anAlert(1).id)
  expect(useAlerts().opened?.id).toBe(anAlert(1).id)
  await expect(useAlerts().open('nothing')).rejects.toMatchObject({ status: 404 })
})

test('a fetch that fails is said, and the list can be asked for again', async () => {
  fakeRest(() => new Refusal(503, 'database away'))
  await useAlerts().show({})
  expect(useAlerts().fault).toBe('database away')
  asked = fakeRest(rest)
  await useAlerts().show({})
  await flushPromises()
  expect(useAlerts().fault).toBe('')
})
