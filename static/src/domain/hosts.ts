/** What is plotted of a host, and how its figures read. */

import type { Limits, Series } from '@/api/hosts'
import { grouped } from './decimals'
import { NOTHING } from './figures'
import { millisecondsOf } from './times'

export type Scale = 'percent' | 'bytes' | 'plain' | 'ms'

export interface PlotKind {
  name: string
  metrics: readonly string[]
  scale: Scale
}

/** Those that a host has no figures for are not shown. */
export const PLOTS: readonly PlotKind[] = [
  { name: 'cpu', metrics: ['cpu_percent'], scale: 'percent' },
  { name: 'memory', metrics: ['memory_percent', 'swap_percent'], scale: 'percent' },
  { name: 'disk', metrics: ['disk_percent', 'inodes_percent'], scale: 'percent' },
  { name: 'load', metrics: ['load_per_core'], scale: 'plain' },
  { name: 'network', metrics: ['network_received_bytes', 'network_sent_bytes'], scale: 'bytes' },
  { name: 'diskRate', metrics: ['disk_read_bytes', 'disk_write_bytes'], scale: 'bytes' },
  { name: 'clock', metrics: ['clock_offset_ms'], scale: 'ms' },
  { name: 'processCpu', metrics: ['process_cpu_percent'], scale: 'percent' },
  { name: 'processMemory', metrics: ['process_memory_percent'], scale: 'percent' },
]
export const METRICS = PLOTS.flatMap(({ metrics }) => metrics).join(',')

/** In hours. */
export const RANGES = [0.25, 1, 6, 24, 168, 744] as const
export type Range = (typeof RANGES)[number]
/** More would be told apart by nobody. */
export const SERIES_MAX = 6

export const metricOf = (name: string) => name.split(' ', 1)[0] ?? name
export const subjectOf = (name: string) => name.slice(metricOf(name).length + 1)

/** The busiest first, where there are more than can be told apart. */
export function seriesOf(kind: PlotKind, all: readonly Series[]): Series[] {
  const found = all.filter(({ name }) => kind.metrics.includes(metricOf(name)))
  const high = ({ points }: Series) => points.reduce((top, [, value]) => Math.max(top, value ?? 0), 0)
  if (found.length <= SERIES_MAX) return found
  return [...found].sort((left, right) => high(right) - high(left)).slice(0, SERIES_MAX)
}

export interface ThresholdLine {
  metric: string
  level: 'warn' | 'limit'
  value: number
}

/** The lines to draw in: those of the shown figures, of a metric each value once. */
export function linesOf(shown: readonly Series[], thresholds: readonly Limits[]): ThresholdLine[] {
  const names = new Set(shown.map(({ name }) => name))
  const levels = ['warn', 'limit'] as const
  const found = thresholds.filter(({ name }) => names.has(name)).flatMap((each) => levels.map((level) => ({ metric: metricOf(each.name), level, value: each[level] })))
  const seen = new Set<string>()
  return found.filter((line): line is ThresholdLine => {
    const key = `${line.metric} ${line.level} ${line.value}`
    return line.value !== null && !seen.has(key) && !!seen.add(key)
  })
}

/** So many usual steps without a sample, and nobody knows what was. */
const GAP_STEPS = 4

/** Columns of one time axis, in seconds; where a series has no value, or nothing was sampled, it has a gap. */
export function aligned(shown: readonly Series[]): [number[], ...(number | null)[][]] {
  const sampled = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => millisecondsOf(at) / 1000)))].sort((left, right) => left - right)
  const seconds = withSilences(sampled)
  const columns = shown.map(({ points }) => {
    const values = new Map(points.map(([at, value]) => [millisecondsOf(at) / 1000, value]))
    return seconds.map((second) => values.get(second) ?? null)
  })
  return [seconds, ...columns]
}

/** One more second, of which no series has a value, where far more than the usual step lies between two. */
function withSilences(sampled: readonly number[]): number[] {
  const steps = sampled.slice(1).map((second, place) => second - (sampled[place] ?? second))
  const usual = [...steps].sort((left, right) => left - right)[Math.floor(steps.length / 2)] ?? 0
  return sampled.flatMap((second, place) => ((steps[place] ?? 0) > GAP_STEPS * usual ? [second, second + usual] : [second]))
}

export function inScale(value: number | null | undefined, scale: Scale): string {
  if (value === null || value === undefined) return NOTHING
  if (scale === 'percent') return `${value.toFixed(1)}\u202f%`
  if (scale === 'bytes') return bytes(value)
  if (scale === 'ms') return `${grouped(value.toFixed(1))}\u202fms`
  return value.toFixed(2)
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let [number, place] = [value, 0]
  while (Math.abs(number) >= 1024 && place < units.length - 1) [number, place] = [number / 1024, place + 1]
  return `${place === 0 ? grouped(Math.round(number)) : number.toFixed(1)}\u202f${units[place]}`
}

export function scaleOf(name: string): Scale {
  const metric = metricOf(name)
  if (metric.endsWith('_percent')) return 'percent'
  if (metric.endsWith('_bytes')) return 'bytes'
  return metric.endsWith('_ms') ? 'ms' : 'plain'
}
