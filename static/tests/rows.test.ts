import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import AlertTable from '@/components/AlertTable.vue'
import FlowFilters from '@/components/FlowFilters.vue'
import FlowTable from '@/components/FlowTable.vue'
import { placeAfter } from '@/domain/rowSteps'
import { moveRow } from '@/useKeys'
import { anAlert, anEvent } from './fakes'

enableAutoUnmount(afterEach)

const events = (count: number) => Array.from({ length: count }, (_, place) => anEvent(count - place))
const alerts = (count: number) => Array.from({ length: count }, (_, place) => anAlert(count - place))
const flowTable = (count: number) => mount(FlowTable, { props: { events: events(count) }, attachTo: document.body })
const alertTable = (count: number) => mount(AlertTable, { props: { alerts: alerts(count), openId: '' }, attachTo: document.body })

describe('a key leads', () => {
  const rows = { count: 100, page: 20 }

  test.each([
    ['ArrowDown', 5, 6], ['ArrowUp', 5, 4], ['PageDown', 5, 25], ['PageUp', 25, 5], ['Home', 5, 0], ['End', 5, 99],
  ])('%s from row %i to row %i', (key, at, place) => {
    expect(placeAfter(key, at, rows)).toBe(place)
  })

  test.each([
    ['ArrowDown', 99, 99], ['ArrowUp', 0, 0], ['PageDown', 90, 99], ['PageUp', 10, 0], ['ArrowUp', -1, 0], ['ArrowDown', -1, 0],
  ])('%s from row %i never past an end', (key, at, place) => {
    expect(placeAfter(key, at, rows)).toBe(place)
  })

  test('nowhere when it is another, nor by pages where no page is known', () => {
    expect(placeAfter('Enter', 5, rows)).toBeUndefined()
    expect(placeAfter('PageDown', 5, { count: 100 })).toBeUndefined()
    expect(placeAfter('PageUp', 5, { count: 100 })).toBeUndefined()
  })
})

describe('the active row', () => {
  test('goes by pages, and to the ends', async () => {
    const table = flowTable(40)
    const grid = table.find('[role="grid"]')
    const active = () => table.find('[aria-selected="true"]').attributes('data-event')
    await grid.trigger('focus')
    expect(active()).toBe(anEvent(40).id)
    await grid.trigger('keydown', { key: 'PageDown' })
    expect(active()).toBe(anEvent(19).id)
    await grid.trigger('keydown', { key: 'PageUp' })
    expect(active()).toBe(anEvent(40).id)
    await grid.trigger('keydown', { key: 'ArrowUp' })
    expect(active()).toBe(anEvent(40).id)
  })

  test('is the first when rows arrive under the focus, and stays itself when others come', async () => {
    const table = flowTable(0)
    const grid = table.find('[role="grid"]')
    ;(grid.element as HTMLElement).focus()
    expect(grid.attributes('aria-activedescendant')).toBeUndefined()
    await table.setProps({ events: events(2) })
    await nextTick()
    expect(grid.attributes('aria-activedescendant')).toBe(`event-${anEvent(2).id}`)
    await table.setProps({ events: events(5) })
    expect(grid.attributes('aria-activedescendant')).toBe(`event-${anEvent(2).id}`)
  })

  test('is none while the focus is elsewhere', async () => {
    const table = alertTable(0)
    await table.setProps({ alerts: alerts(2) })
    expect(table.find('[role="grid"]').attributes('aria-activedescendant')).toBeUndefined()
  })

  test('is scrolled to', async () => {
    const table = flowTable(1000)
    const grid = table.find('[role="grid"]')
    await grid.trigger('focus')
    await grid.trigger('keydown', { key: 'End' })
    await grid.trigger('scroll')
    expect(grid.element.scrollTop).toBeGreaterThan(999 * 25 - 600)
    expect(grid.attributes('aria-activedescendant')).toBe(`event-${anEvent(1).id}`)
  })

  test('takes the evidence along while it is open, and only then', async () => {
    const table = alertTable(3)
    const grid = table.find('[role="grid"]')
    await grid.trigger('focus')
    await grid.trigger('keydown', { key: 'ArrowDown' })
    expect(table.emitted('open')).toBeUndefined()
    await table.setProps({ openId: anAlert(2).id })
    await grid.trigger('keydown', { key: 'ArrowDown' })
    expect(table.emitted('open')).toEqual([[anAlert(1).id]])
  })

  test('is acknowledged by a, and there must be one', async () => {
    const table = alertTable(1)
    const grid = table.find('[role="grid"]')
    await grid.trigger('keydown', { key: 'a' })
    expect(table.emitted('acknowledge')).toBeUndefined()
    await grid.trigger('focus')
    await grid.trigger('keydown', { key: 'a' })
    expect(table.emitted('acknowledge')).toHaveLength(1)
  })

  test('leaves other keys to the page', () => {
    const table = flowTable(2)
    const taken = ['ArrowDown', 'End', ' ', 'x', 'Tab'].filter((key) => {
      const event = new KeyboardEvent('keydown', { key, cancelable: true })
      return !table.find('[role="grid"]').element.dispatchEvent(event)
    })
    expect(taken).toEqual(['ArrowDown', 'End', ' '])
  })
})

test('arrows move the focus between the rows of a plain table', () => {
  document.body.innerHTML = '<table><tbody><tr tabindex="0"></tr><tr tabindex="0"></tr><tr tabindex="0"></tr></tbody></table>'
  const rows = [...document.querySelectorAll('tr')]
  document.querySelector('table')?.addEventListener('keydown', moveRow)
  rows[0]?.focus()
  const after = (key: string) => {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    return rows.findIndex((row) => row === document.activeElement)
  }
  expect(['ArrowDown', 'End', 'ArrowDown', 'ArrowUp', 'PageUp', 'Home'].map(after)).toEqual([1, 2, 2, 1, 1, 0])
})

describe('the text of a filter', () => {
  type Filter = Partial<Record<'account' | 'symbol' | 'event', string>>
  const filters = (filter: Filter) => mount(FlowFilters, { props: { filter, texts: ['account', 'symbol'], choices: [] } })
  const field = (form: ReturnType<typeof filters>, name: string) => form.find<HTMLInputElement>(`input[data-testid="filter-${name}"]`)

  test('survives while it is typed and another part changes', async () => {
    const form = filters({ symbol: '600000' })
    await field(form, 'account').setValue('A7')
    await form.setProps({ filter: { symbol: '600001', event: 'fill' } })
    expect(field(form, 'account').element.value).toBe('A7')
    expect(field(form, 'symbol').element.value).toBe('600001')
  })

  test('is that of the address when the address changes it', async () => {
    const form = filters({ account: 'A1' })
    expect(field(form, 'account').element.value).toBe('A1')
    await form.setProps({ filter: { account: 'A2' } })
    expect(field(form, 'account').element.value).toBe('A2')
    await form.setProps({ filter: {} })
    expect(field(form, 'account').element.value).toBe('')
  })
})
