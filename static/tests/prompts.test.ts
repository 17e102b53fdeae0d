import { expect, test } from 'vitest'
import { cardsOf, NO_PROMPTS, raised, settled, stormOver, stormSize, type Prompts } from '@/domain/prompts'
import { usePrompts } from '@/stores/prompts'
import { anAlert } from './fakes'

function after(times: number[], level: 'warn' | 'limit' = 'warn'): Prompts {
  return times.reduce((prompts, at, place) => raised(prompts, anAlert(place, { level }), at), NO_PROMPTS)
}

test('five alerts within two seconds are five prompts', () => {
  const prompts = after([0, 100, 200, 300, 1_999])
  expect(prompts.shown).toHaveLength(5)
  expect(prompts.storm).toBeNull()
})

test('the sixth within two seconds makes one grouped prompt of all', () => {
  const prompts = after([0, 100, 200, 300, 400, 1_999])
  expect(prompts.shown).toHaveLength(0)
  expect(prompts.storm && stormSize(prompts.storm)).toBe(6)
})

test('six alerts over more than two seconds are no storm', () => {
  expect(after([0, 500, 1_000, 1_500, 1_900, 2_000]).storm).toBeNull()
})

test('a storm grows while alerts keep coming, and a later alert stands alone', () => {
  const prompts = after([0, 1, 2, 3, 4, 5, 1_500, 3_400, 9_000])
  expect(prompts.storm && stormSize(prompts.storm)).toBe(8)
  expect(prompts.shown).toHaveLength(1)
})

test('what stood before the storm stays', () => {
  expect(after([0, 5_000, 5_001, 5_002, 5_003, 5_004, 5_005]).shown).toHaveLength(1)
})

test('a storm goes when its last critical alert has been handled', () => {
  let prompts = after([0, 1, 2, 3, 4, 5], 'limit')
  for (let number = 0; number < 5; number += 1) prompts = settled(prompts, anAlert(number).id)
  expect(prompts.storm).not.toBeNull()
  expect(settled(prompts, anAlert(5).id).storm).toBeNull()
  expect(stormOver(prompts).storm).toBeNull()
})

test('a warning goes by itself, a critical alert stays until it is handled', () => {
  const prompts = usePrompts()
  prompts.raise(anAlert(1), 0)
  prompts.raise(anAlert(2, { level: 'limit' }), 0)
  prompts.sweep(60_000)
  expect(prompts.shown.map(({ alert }) => alert.level)).toEqual(['limit'])
  prompts.settle(anAlert(2).id)
  expect(prompts.shown).toEqual([])
})

test('nothing goes while the pointer rests on the prompts', () => {
  const prompts = usePrompts()
  prompts.raise(anAlert(1), 0)
  prompts.hold(true)
  prompts.sweep(60_000)
  expect(prompts.shown).toHaveLength(1)
})

test('what a rule says again of the same account is one card, with its newest', () => {
  const of = (number: number, key: Record<string, string>, rule = 'B13.1') => ({ alert: anAlert(number, { rule, key }), at_ms: 0 })
  const cards = cardsOf([
    of(1, { account: 'F9', contract: 'CFFEX:A' }), of(2, { account: 'F9', contract: 'CFFEX:B' }, 'B13.2'),
    of(3, { account: 'F8' }), of(4, { account: 'F9', contract: 'CFFEX:C' }),
  ])
  expect(cards.map(({ alert, others }) => [alert.id, others.map(({ id }) => id)])).toEqual([
    [anAlert(2).id, []], [anAlert(3).id, []], [anAlert(4).id, [anAlert(1).id]],
  ])
})
