/** A question asked now and then for as long as somebody looks; the answer before stays until the next. */

import { onMounted, onUnmounted, ref, shallowRef, watch, type WatchSource } from 'vue'

export function useRepeated<Answer>(ask: () => Promise<Answer>, everyMs: number, anew: WatchSource = () => 0) {
  const answer = shallowRef<Answer | null>(null)
  const fault = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0
  let isOver = false

  /** Of nobody who has left: who is called late must not begin anew. */
  async function again(): Promise<void> {
    if (isOver) return
    clearTimeout(timer)
    const number = ++round
    try {
      const told = await ask()
      if (number !== round) return
      answer.value = told
      fault.value = ''
    } catch (error) {
      if (number === round) fault.value = (error as Error).message
    }
    if (number === round) timer = setTimeout(() => void again(), everyMs)
  }

  watch(anew, () => {
    answer.value = null
    void again()
  })
  onMounted(() => void again())
  onUnmounted(() => {
    isOver = true
    round += 1
    clearTimeout(timer)
  })
  return { answer, fault, again }
}
