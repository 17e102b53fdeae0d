/** The one socket, and how well it is. */

import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { goToLogin } from '@/api/http'
import { millisecondsOf } from '@/domain/times'
import type { Topic } from '@/live/frames'
import { LiveSocket, NOT_LOGGED_IN, type Wire } from '@/live/liveSocket'
import { NoAnswer } from '@/live/commands'
import type { Receivers } from '@/live/subscriptions'
import { useModules } from './modules'

export type Light = 'connecting' | 'live' | 'lost'

function dial(): Wire {
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:'
  return new WebSocket(`${scheme}//${window.location.host}/ws/live`) as unknown as Wire
}

export const useConnection = defineStore('connection', () => {
  const light = ref<Light>('connecting')
  const latencyMs = ref<number | null>(null)
  const newestAtMs = ref<number | null>(null)
  const lostAtMs = ref<number | null>(null)
  const closeCode = ref<number | null>(null)
  /** The server's clock minus ours. */
  const clockAheadMs = ref(0)
  const isStale = computed(() => light.value === 'lost')
  let socket: LiveSocket | undefined

  const events = {
    opened() {
      light.value = 'live'
      closeCode.value = lostAtMs.value = null
    },
    lost(code: number) {
      if (code === NOT_LOGGED_IN) return goToLogin()
      light.value = 'lost'
      closeCode.value = code
      latencyMs.value = null
      lostAtMs.value ??= Date.now()
    },
    latency(ms: number, atNs?: string) {
      latencyMs.value = ms
      if (atNs) clockAheadMs.value = millisecondsOf(atNs) - (Date.now() - ms / 2)
    },
    received() {
      newestAtMs.value = Date.now()
    },
  }

  function start(receivers: Receivers, by: () => Wire = dial): void {
    socket = new LiveSocket(by, receivers, events, useModules())
    socket.connect()
    window.addEventListener('online', () => socket?.connect())
  }

  function watchTopic(topic: Topic): () => void {
    return socket?.watch(topic) ?? (() => undefined)
  }

  function command(name: string, args: object): Promise<unknown> {
    return socket?.command(name, args) ?? Promise.reject(new NoAnswer('not connected'))
  }

  function stop(): void {
    socket?.stop()
    socket = undefined
  }

  return {
    light, latencyMs, clockAheadMs, newestAtMs, lostAtMs, closeCode, isStale, start, stop, watchTopic, command,
  }
})
