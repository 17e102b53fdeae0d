import { describe, expect, it } from 'vitest'
import type { Limits, Series } from '@/api/hosts'
import { aligned, bytes, inScale, linesOf, PLOTS, scaleOf, SERIES_MAX, seriesOf, subjectOf } from '@/domain/hosts'

const at = (second: number) => String(BigInt(second) * 1_000_000_000n)
const series = (name: string, ...values: (number | null)[]): Series => ({ name, points: values.map((value, place) => [at(place), value, value]) })
const limits = (name: string, warn: number | null, limit: number | null): Limits => ({ name, warn, limit, clear: null, for_seconds: 0, runbook: '' })
const kind = (name: string) => {
  const found = PLOTS.find((each) => each.name === name)
  if (!found) throw new Error(`no plot ${name}`)
  return found
}

describe('plots of a host', () => {
  it('takes the figures of its metrics, whatever they are of', () => {
    const found = seriesOf(kind('disk'), [series('disk_percent /', 1), series('disk_percent /var', 2), series('cpu_percent', 3)])
    expect(found.map(({ name }) => subjectOf(name))).toEqual(['/', '/var'])
  })

  it('shows the busiest where there are more than can be told apart', () => {
    const many = Array.from({ length: SERIES_MAX + 2 }, (_, place) => series(`process_cpu_percent p${place}`, place))
    const found = seriesOf(kind('processCpu'), many)
    expect(found).toHaveLength(SERIES_MAX)
    expect(found[0]?.name).toBe(`process_cpu_percent p${SERIES_MAX + 1}`)
  })

  it('draws the thresholds of what is shown, each value once', () => {
    const shown = [series('disk_percent /', 1), series('disk_percent /var', 2)]
    const found = linesOf(shown, [limits('disk_percent /', 80, 90), limits('disk_percent /var', 80, null), limits('cpu_percent', 70, null)])
    expect(found).toEqual([{ metric: 'disk_percent', level: 'warn', value: 80 }, { metric: 'disk_percent', level: 'limit', value: 90 }])
  })

  it('says of which figure a threshold is, where a plot shows several', () => {
    const found = linesOf([series('memory_percent', 1), series('swap_percent', 2)], [limits('memory_percent', 80, null), limits('swap_percent', 80, null)])
    expect(found.map(({ metric }) => metric)).toEqual(['memory_percent', 'swap_percent'])
  })

  it('puts series on one time axis, with gaps where there is no value', () => {
    const late: Series = { name: 'b', points: [[at(1), 5, 5], [at(2), null, null]] }
    expect(aligned([series('a', 1, 2), late])).toEqual([[0, 1, 2], [1, 2, null], [null, 5, null]])
  })

  it('draws no line over minutes in which nothing was sampled', () => {
    const standing: Series = { name: 'a', points: [0, 5, 10, 15, 300, 305].map((second) => [at(second), second, second]) }
    expect(aligned([standing])).toEqual([[0, 5, 10, 15, 20, 300, 305], [0, 5, 10, 15, null, 300, 305]])
    const late: Series = { name: 'a', points: [0, 5, 20, 25].map((second) => [at(second), second, second]) }
    expect(aligned([late])).toEqual([[0, 5, 20, 25], [0, 5, 20, 25]])
  })

  it('reads figures by their units', () => {
    expect(inScale(12.34, scaleOf('cpu_percent'))).toBe('12.3\u202f%')
    expect(inScale(null, 'percent')).toBe('–')
    expect(bytes(1023)).toBe('1,023\u202fB')
    expect(bytes(1536)).toBe('1.5\u202fKiB')
    expect(scaleOf('clock_offset_ms')).toBe('ms')
  })
})
