import { describe, expect, test } from 'vitest'
import { compare, grouped, holds, shifted, trimmed } from '@/domain/decimals'
import { amount, brief, count, figure, price, rate } from '@/domain/figures'
import { clockOf, dateTime, laterFirst, time } from '@/domain/times'

const word = (unit: string) => ({ CNY: 'CNY', shares: 'shares', seconds: 's' })[unit] ?? unit
const shown = (value: number | string | null, unit: string) => figure(value, unit, word).replace('\u202f', ' ')

test('a ratio shows in percent', () => {
  expect(shown('0.85', 'ratio')).toBe('85 %')
  expect(shown('1', 'ratio')).toBe('100 %')
  expect(shown('0.4166667', 'ratio')).toBe('41.66667 %')
})

test('money has thousands separators and its currency', () => {
  expect(shown('1234567.50', 'CNY')).toBe('1,234,567.5 CNY')
})

test('a count shows bare, an unknown value as a dash', () => {
  expect(shown(20000, 'count')).toBe('20,000')
  expect(shown(null, 'count')).toBe('–')
  expect(shown('5', 'seconds')).toBe('5 s')
})

test('a percentage is not multiplied again', () => {
  expect(shown('40.00000000', 'percent')).toBe('40 %')
})

test('prices render from their text', () => {
  expect(amount('17.10')).toBe('17.10')
  expect(amount('123456789012345678.01')).toBe('123,456,789,012,345,678.01')
  expect(amount(null)).toBe('–')
})

test('prices show two decimals at least', () => {
  expect([price('9.4'), price('12'), price('1234.567'), price(null)]).toEqual(['9.40', '12.00', '1,234.567', '–'])
})

test('rates under ten show a decimal if they have one', () => {
  expect([rate(0), rate(5), rate(3.25), rate(1234.4), rate(null)]).toEqual(['0', '5', '3.3', '1,234', '–'])
  expect(count(undefined)).toBe('–')
})

describe('decimals as text', () => {
  test('the point moves', () => {
    expect([shifted('0.85', 2), shifted('12', 2), shifted('-0.005', 2), shifted('1.5', -2)]).toEqual([
      '85', '1200', '-0.5', '0.015',
    ])
  })
  test('zeros that say nothing go', () => {
    expect([trimmed('007.500'), trimmed('12.'), trimmed('-0.50')]).toEqual(['7.5', '12', '-0.5'])
  })
  test('an exponent is written out', () => {
    expect(grouped('1e-7')).toBe('0.0000001')
    expect(grouped('1.5E+6')).toBe('1,500,000')
  })
  test('comparing is exact where numbers are not', () => {
    expect(compare('9007199254740993', '9007199254740992')).toBe(1)
    expect(compare('0.30', '0.3')).toBe(0)
    expect(compare('-1', '0.5')).toBe(-1)
  })
  test('a threshold holds at, just under and just over', () => {
    expect(['239', '240', '241'].map((value) => holds(value, 'ge', 240))).toEqual([false, true, true])
    expect(['239', '240', '241'].map((value) => holds(value, 'gt', 240))).toEqual([false, false, true])
    expect(holds(null, 'lt', 1)).toBe(false)
  })
})

test('exchange time is that of Shanghai with milliseconds', () => {
  expect(dateTime('1795400045123456789')).toBe('2026-11-23 10:14:05.123')
  expect(time('1795400045123456789')).toBe('10:14:05.123')
  expect(time(null)).toBe('–')
  expect(clockOf(0)).toBe('08:00:00')
})

test('later comes first, and a longer text is later', () => {
  expect(['999', '1000', '1001'].sort(laterFirst)).toEqual(['1001', '1000', '999'])
})

test.each([
  ['33.185841', 'percent', '33.18'],
  ['39.999', 'percent', '39.99'],
  ['0.33185841', 'ratio', '0.3318'],
  ['-1.239', 'count', '-1.23'],
  ['1e-7', 'count', '1e-7'],
  ['75', 'count', '75'],
  [null, 'count', null],
])('%s %s is %s in brief', (value, unit, expected) => {
  expect(brief(value, unit)).toBe(expected)
})
