/** Function modules as they are told live, and which topics tell nothing as theirs is stopped. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { getModules, switchModule, type Candidate, type Gesture, type ModuleNews } from '@/api/modules'

export const useModules = defineStore('modules', () => {
  const news = shallowRef<ModuleNews | null>(null)
  const candidates = shallowRef<Candidate[]>([])
  const stoppedTopics = ref<string[]>([])
  const fault = ref('')
  const isRefused = ref(false)
  const rows = computed(() => news.value?.modules ?? [])

  function arrived(told: ModuleNews): void {
    news.value = told
  }

  function refused(): void {
    isRefused.value = true
  }

  function topicStopped(topic: string): void {
    if (!stoppedTopics.value.includes(topic)) stoppedTopics.value.push(topic)
  }

  function topicBegan(topic: string): void {
    stoppedTopics.value = stoppedTopics.value.filter((each) => each !== topic)
  }

  async function fetch(): Promise<void> {
    try {
      const { candidates: found, ...told } = await getModules()
      candidates.value = found
      news.value = told
      fault.value = ''
    } catch (error) {
      fault.value = (error as Error).message
    }
  }

  async function change(name: string, gesture: Gesture, note: string): Promise<void> {
    await switchModule(name, gesture, note)
    await fetch()
  }

  return { news, rows, candidates, stoppedTopics, fault, isRefused, arrived, refused, topicStopped, topicBegan, fetch, change }
})
