/** Alerts that want somebody's eye, on every page. */

import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Alert } from '@/api/types'
import { isCritical } from '@/domain/levels'
import { breachOf } from '@/domain/breaches'
import { NO_PROMPTS, raised, settled, stormOver, withdrawn, type Prompts } from '@/domain/prompts'

const STAYS_MS = 12_000
const SWEEP_MS = 500

type Listener = (alert: Alert) => void

export const usePrompts = defineStore('prompts', () => {
  const prompts = shallowRef<Prompts>(NO_PROMPTS)
  const listeners: Listener[] = []
  let isHeld = false
  let timer: ReturnType<typeof setInterval> | undefined

  const shown = computed(() => prompts.value.shown)
  const storm = computed(() => prompts.value.storm)

  function raise(alert: Alert, now_ms = Date.now()): void {
    const { storm: before, here } = prompts.value
    const after = raised(prompts.value, alert, now_ms)
    if (after === prompts.value) return
    prompts.value = after
    timer ??= setInterval(() => sweep(Date.now()), SWEEP_MS)
    if (here.includes(breachOf(alert))) return
    if (!before || !prompts.value.storm) listeners.forEach((listener) => listener(alert))
  }

  function settle(id: string): void {
    prompts.value = settled(prompts.value, id)
  }

  function withdraw(breach: string): void {
    prompts.value = withdrawn(prompts.value, breach)
  }

  function endStorm(): void {
    prompts.value = stormOver(prompts.value)
  }

  /** Prompts under the pointer or with the focus stay. */
  function hold(held: boolean): void {
    isHeld = held
  }

  /** What is not critical goes by itself. */
  function sweep(now_ms: number): void {
    if (isHeld) return
    const since = now_ms - STAYS_MS
    const { shown, storm } = prompts.value
    const over = shown.filter(({ alert, at_ms }) => !isCritical(alert.level) && at_ms < since)
    over.forEach(({ alert }) => settle(alert.id))
    if (storm && storm.critical.length === 0 && storm.last_ms < since) endStorm()
    if (prompts.value.shown.length === 0 && !prompts.value.storm) {
      clearInterval(timer)
      timer = undefined
    }
  }

  function onRaised(listener: Listener): void {
    listeners.push(listener)
  }

  return { shown, storm, raise, settle, withdraw, endStorm, hold, sweep, onRaised }
})
