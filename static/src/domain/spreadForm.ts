/** Spreads as they are typed: whole ticks by dimension, there and back without loss. */

import type { Span, SpreadRules, StrategySettings } from '@/api/quoting'

export const MAPS = ['tiers', 'channels', 'groups'] as const
export type MapName = (typeof MAPS)[number]
export const PLAIN = ['base', 'skew', 'spread_min', 'spread_max', 'grid', 'volatility_from', 'volatility_step', 'volatility_max', 'position_step', 'position_max'] as const
export type PlainName = (typeof PLAIN)[number]
const MINUTES_PER_DAY = 24 * 60

export interface TypedSpan {
  from: string
  to: string
  ticks: string
}

export interface SpreadForm {
  plain: Record<PlainName, string>
  maps: Record<MapName, Record<string, string>>
  times: TypedSpan[]
}

/** What a strategy leaves out. */
const NOTHING_ADDED: SpreadRules = {
  base: 0, tiers: {}, channels: {}, groups: {}, times: [], volatility_from: 0, volatility_step: 0, volatility_max: 0, skew: 0, position_step: 0, position_max: 0,
  spread_min: 1, spread_max: 0, grid: 1,
}

export const spreadOf = ({ spread }: StrategySettings): SpreadRules => ({ ...NOTHING_ADDED, ...spread })

/** What cannot be sent, and which field it is. */
export class SpreadError extends Error {
  constructor(readonly fault: 'badNumber' | 'badTime', readonly field: string) {
    super(fault)
  }
}

/** Levels that are on the panel have a field each, also where nothing is added. */
export function formOf(rules: SpreadRules, levels: readonly number[]): SpreadForm {
  const tiers = { ...Object.fromEntries(levels.map((level) => [level, 0])), ...rules.tiers }
  return {
    plain: Object.fromEntries(PLAIN.map((name) => [name, String(rules[name])])) as Record<PlainName, string>,
    maps: { tiers: texts(tiers), channels: texts(rules.channels), groups: texts(rules.groups) },
    times: rules.times.map(({ first_minute, end_minute, ticks }) => ({ from: clock(first_minute), to: clock(end_minute), ticks: String(ticks) })),
  }
}

export function rulesOf(form: SpreadForm): SpreadRules {
  return {
    ...(Object.fromEntries(PLAIN.map((name) => [name, whole(form.plain[name], name)])) as Record<PlainName, number>),
    tiers: numbers(form.maps.tiers, 'tiers'),
    channels: numbers(form.maps.channels, 'channels'),
    groups: numbers(form.maps.groups, 'groups'),
    times: form.times.map(spanOf),
  }
}

export function withSpread(settings: StrategySettings, spread: SpreadRules): StrategySettings {
  return { ...settings, spread: { ...settings.spread, ...spread } }
}

export function isSame(one: SpreadRules, other: SpreadRules): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

/** Nothing added is not written down; the order of names says nothing. */
function sorted(rules: SpreadRules): unknown {
  const maps = MAPS.map((name) => Object.entries(rules[name]).filter(([, ticks]) => ticks !== 0).sort())
  return [PLAIN.map((name) => rules[name]), maps, rules.times.map(({ first_minute, end_minute, ticks }) => [first_minute, end_minute, ticks])]
}

function texts(map: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, ticks]) => [name, String(ticks)]))
}

function numbers(map: Record<string, string>, field: string): Record<string, number> {
  const found = Object.entries(map).map(([name, text]) => [name, whole(text, `${field}.${name}`)] as const)
  return Object.fromEntries(found.filter(([, ticks]) => ticks !== 0))
}

function whole(text: string, field: string): number {
  const typed = text.normalize('NFKC').trim().replace('−', '-')
  const found = Number(typed)
  if (!/^[+-]?\d+$/.test(typed) || !Number.isSafeInteger(found)) throw new SpreadError('badNumber', field)
  return found
}

function spanOf({ from, to, ticks }: TypedSpan, place: number): Span {
  return { first_minute: minuteOf(from, place), end_minute: minuteOf(to, place), ticks: whole(ticks, `times.${place}`) }
}

function minuteOf(text: string, place: number): number {
  const [, hours, minutes] = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim()) ?? []
  const found = Number(hours) * 60 + Number(minutes)
  if (hours === undefined || Number(minutes) > 59 || found > MINUTES_PER_DAY) throw new SpreadError('badTime', `times.${place}`)
  return found
}

function clock(minute: number): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
