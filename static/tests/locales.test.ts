import { expect, test } from 'vitest'
import en from '@/locales/en'
import zh from '@/locales/zh'
import { inLanguage } from '@/i18n'

type Tree = { [key: string]: string | Tree }

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  )
}

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
const english = new Map(leaves(en))
const chinese = new Map(leaves(zh))

test('both languages have the same keys', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
})

test('no text is empty', () => {
  expect([...english, ...chinese].filter(([, text]) => text.trim() === '')).toEqual([])
})

test('a text fills in the same places in both languages', () => {
  const differing = [...english].filter(([key, text]) => `${places(text)}` !== `${places(chinese.get(key) ?? '')}`)
  expect(differing.map(([key]) => key)).toEqual([])
})

test('levels and states have the words of the desk', () => {
  expect(zh.level).toEqual({ warn: '预警', restrict: '限制', limit: '触限' })
  expect(zh.state).toEqual({ open: '未处理', acknowledged: '已确认', closed: '已关闭' })
})

test('a name that one language lacks shows in the other', () => {
  expect(inLanguage({ en: 'Self-trade', zh: '' }, 'zh')).toBe('Self-trade')
  expect(inLanguage({ en: '', zh: '自成交' }, 'en')).toBe('自成交')
})
