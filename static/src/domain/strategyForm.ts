/** A strategy as it is typed: a field for each setting, there and back without loss. */

import type { Span, StrategySettings } from '@/api/quoting'
import { shifted } from './decimals'

export const ALGORITHMS = ['best', 'vwap', 'weighted_mid', 'median_mid', 'primary'] as const
export type Unit = 'ticks' | 'sixtyfourths' | 'seconds' | 'times' | 'count' | 'units' | 'tickUnits'
export type Part = 'market' | 'cleansing' | 'spread' | 'ttls' | 'limit' | 'deals' | 'stops'

interface PartFields {
  numbers: readonly (readonly [path: string, unit: Unit])[]
  flags?: readonly string[]
}

/** What stands in which part of the form, in this order. */
export const PARTS: Record<Part, PartFields> = {
  market: { numbers: [['failback_ns', 'seconds'], ['cross_max', 'ticks']] },
  cleansing: {
    numbers: [
      ['cleansing.scale_factor', 'times'], ['cleansing.spread_min', 'ticks'], ['cleansing.spread_max', 'ticks'], ['cleansing.jump_max', 'ticks'], ['cleansing.jump_volatility', 'times'],
      ['cleansing.volatility_floor', 'ticks'], ['cleansing.outlier_max', 'ticks'], ['cleansing.late_ns', 'seconds'], ['cleansing.good_ticks', 'count'], ['cleansing.reentry_ns', 'seconds'],
    ],
    flags: ['cleansing.locked_allowed'],
  },
  spread: {
    numbers: [
      ['spread.base', 'ticks'], ['spread.skew', 'ticks'], ['spread.spread_min', 'ticks'], ['spread.spread_max', 'ticks'], ['spread.grid', 'ticks'], ['spread.volatility_from', 'sixtyfourths'],
      ['spread.volatility_step', 'sixtyfourths'], ['spread.volatility_max', 'ticks'], ['spread.position_step', 'units'], ['spread.position_max', 'ticks'],
    ],
  },
  ttls: { numbers: [['ttls.source_ns', 'seconds'], ['ttls.publish_ns', 'seconds'], ['ttls.manual_ns', 'seconds'], ['change_min', 'ticks']], flags: ['keeps_adjust'] },
  limit: { numbers: [['limit.single_max', 'units'], ['limit.net_max', 'units'], ['limit.gross_max', 'units']], flags: ['breach_takes_both'] },
  deals: { numbers: [['tolerance', 'ticks'], ['ticket_ns', 'seconds']] },
  stops: {
    numbers: [
      ['stops.loss_max', 'tickUnits'], ['stops.fills', 'count'], ['stops.fills_ns', 'seconds'], ['stops.one_sided', 'count'], ['stops.one_sided_ns', 'seconds'], ['stops.rejects', 'count'],
      ['stops.rejects_ns', 'seconds'], ['stops.feed_loss_ns', 'seconds'], ['stops.clock_back_ns', 'seconds'],
    ],
  },
}
export const PART_NAMES = Object.keys(PARTS) as Part[]

/** A number for each name that there is. */
export const MAPS = { 'spread.tiers': 'ticks', 'spread.channels': 'ticks', 'spread.groups': 'ticks', 'ttls.sources': 'seconds' } as const satisfies Record<string, Unit>
export type MapPath = keyof typeof MAPS
const MAP_PATHS = Object.keys(MAPS) as MapPath[]
const MINUTES_PER_DAY = 24 * 60
const NS_PLACES = 9

export interface TypedSpan {
  from: string
  to: string
  ticks: string
}

export interface TypedChoice {
  name: string
  sources: string[]
}

export interface StrategyForm {
  /** By path; a map's by path and name, as spread.tiers.1. */
  numbers: Record<string, string>
  flags: Record<string, boolean>
  maps: Record<MapPath, string[]>
  algorithm: string
  ranks: string
  choices: TypedChoice[]
  times: TypedSpan[]
}

export type FieldFault = 'badNumber' | 'badSeconds' | 'badTime' | 'badName'

export interface Typed {
  settings: StrategySettings
  /** By path: what cannot be sent. */
  faults: Record<string, FieldFault>
}

type Tree = Record<string, unknown>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Levels of the panel and the data sources have a field each, also where nothing is set. */
export function formOf(settings: StrategySettings, levels: readonly number[], sources: readonly string[]): StrategyForm {
  const numbers: Record<string, string> = {}
  const flags: Record<string, boolean> = {}
  for (const part of PART_NAMES) {
    for (const [path, unit] of PARTS[part].numbers) numbers[path] = textOf(at(settings, path), unit)
    for (const path of PARTS[part].flags ?? []) flags[path] = at(settings, path) === true
  }
  const always: Partial<Record<MapPath, readonly string[]>> = { 'spread.tiers': levels.map(String), 'ttls.sources': sources }
  const maps = Object.fromEntries(MAP_PATHS.map((path) => [path, [...new Set([...(always[path] ?? []), ...Object.keys(treeAt(settings, path))])]])) as StrategyForm['maps']
  for (const path of MAP_PATHS) for (const name of maps[path]) numbers[`${path}.${name}`] = textOf(treeAt(settings, path)[name], MAPS[path])
  return {
    numbers, flags, maps,
    algorithm: String(settings.algorithm ?? ''),
    ranks: ((settings.ranks ?? []) as string[]).join(', '),
    choices: Object.entries((settings.choices ?? {}) as Record<string, string[]>).map(([name, of]) => ({ name, sources: [...of] })),
    times: (settings.spread?.times ?? []).map(({ first_minute, end_minute, ticks }) => ({ from: clock(first_minute), to: clock(end_minute), ticks: String(ticks) })),
  }
}

/** What was left out and left empty stays out; the server has a value for it. */
export function settingsOf(form: StrategyForm, before: StrategySettings): Typed {
  const settings = JSON.parse(JSON.stringify(before)) as Tree
  const faults: Typed['faults'] = {}
  for (const part of PART_NAMES) {
    for (const [path, unit] of PARTS[part].numbers) {
      if (form.numbers[path]?.trim() || at(before, path) !== undefined) put(settings, path, numberOf(form.numbers[path] ?? '', unit, path, faults))
    }
    for (const path of PARTS[part].flags ?? []) if (form.flags[path] || at(before, path) !== undefined) put(settings, path, form.flags[path])
  }
  for (const path of MAP_PATHS) {
    const found = mapOf(form, path, faults)
    if (Object.keys(found).length > 0 || at(before, path) !== undefined) put(settings, path, found)
  }
  const times = form.times.map((span, place) => spanOf(span, `spread.times.${place}`, faults))
  if (times.length > 0 || before.spread?.times) put(settings, 'spread.times', times)
  if (form.algorithm) settings.algorithm = form.algorithm
  const ranks = form.ranks.split(/[,，]/).map((each) => each.trim()).filter(Boolean)
  if (ranks.length > 0 || before.ranks) settings.ranks = ranks
  if (form.choices.length > 0 || before.choices) settings.choices = choicesOf(form.choices, faults)
  return { settings: settings as StrategySettings, faults }
}

/** Whether they say the same: a name that adds nothing says nothing. */
export function isSame(one: StrategySettings, other: StrategySettings): boolean {
  return JSON.stringify(said(one)) === JSON.stringify(said(other))
}

function said(value: unknown, path = ''): unknown {
  if (!isTree(value)) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, said(inner, path ? `${path}.${name}` : name)] as const)
  return entries.filter(([, inner]) => !(path.startsWith('spread.') && inner === 0)).sort(([first], [second]) => (first < second ? -1 : 1))
}

function mapOf(form: StrategyForm, path: MapPath, faults: Typed['faults']): Record<string, number> {
  const unit = MAPS[path]
  const found = form.maps[path].flatMap((name) => {
    const text = form.numbers[`${path}.${name}`] ?? ''
    return text.trim() ? [[name, numberOf(text, unit, `${path}.${name}`, faults)] as const] : []
  })
  // Of a data source nothing is something else than 0: what holds for all of them.
  return Object.fromEntries(found.filter(([, value]) => value !== 0 || unit === 'seconds'))
}

function choicesOf(choices: readonly TypedChoice[], faults: Typed['faults']): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const [place, { name, sources }] of choices.entries()) {
    const trimmed = name.trim()
    if (!trimmed || trimmed in found || sources.length === 0) faults[`choices.${place}`] = 'badName'
    found[trimmed] = [...sources]
  }
  return found
}

function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (isTree(inner) ? inner[name] : undefined), tree)
}

function treeAt(tree: unknown, path: string): Tree {
  const found = at(tree, path)
  return isTree(found) ? found : {}
}

function put(tree: Tree, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() ?? ''
  const inner = names.reduce<Tree>((outer, name) => {
    if (!isTree(outer[name])) outer[name] = {}
    return outer[name] as Tree
  }, tree)
  inner[last] = value
}

function textOf(value: unknown, unit: Unit): string {
  if (typeof value !== 'number') return ''
  return unit === 'seconds' ? shifted(String(value), -NS_PLACES) : String(value)
}

/** Seconds are nanoseconds to the server, without a float between. */
function numberOf(text: string, unit: Unit, path: string, faults: Typed['faults']): number {
  const typed = text.normalize('NFKC').trim().replace('−', '-')
  const isSeconds = unit === 'seconds'
  const [, whole = '', fraction = ''] = /^([+-]?\d+)(?:\.(\d{1,9}))?$/.exec(typed) ?? []
  const found = Number(isSeconds ? whole + fraction.padEnd(NS_PLACES, '0') : typed)
  if (!whole || (fraction && !isSeconds) || !Number.isSafeInteger(found)) faults[path] = isSeconds ? 'badSeconds' : 'badNumber'
  return found
}

function spanOf({ from, to, ticks }: TypedSpan, path: string, faults: Typed['faults']): Span {
  return { first_minute: minuteOf(from, path, faults), end_minute: minuteOf(to, path, faults), ticks: numberOf(ticks, 'ticks', path, faults) }
}

function minuteOf(text: string, path: string, faults: Typed['faults']): number {
  const [, hours, minutes] = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim()) ?? []
  const found = Number(hours) * 60 + Number(minutes)
  if (hours === undefined || Number(minutes) > 59 || found > MINUTES_PER_DAY) faults[path] = 'badTime'
  return found
}

function clock(minute: number): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
