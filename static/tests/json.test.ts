import { expect, test } from 'vitest'
import { parseJson } from '@/api/json'

test('nanoseconds keep their last digit', () => {
  expect(parseJson('{"time_ns": 1795400045123456789}')).toEqual({ time_ns: '1795400045123456789' })
})

test('nanoseconds in lists of objects and without spaces are text as well', () => {
  const text = '{"a":[{"at_ns":1795400045123456781},{"last_packet_ns":null}],"value":12}'
  expect(parseJson(text)).toEqual({
    a: [{ at_ns: '1795400045123456781' }, { last_packet_ns: null }],
    value: 12,
  })
})

test('text that looks like a key is left alone', () => {
  const value = { comment: 'see "at_ns": 1795400045123456789, then', quantity: 1795400045 }
  expect(parseJson(JSON.stringify(value))).toEqual(value)
})

test('a backslash before a quote does not mislead it', () => {
  const value = { path: 'a\\', comment: '\\"', note: '_ns' }
  expect(parseJson(JSON.stringify(value))).toEqual(value)
})
