/** What the open pair may quote by, read when a drawer opens and when another pair does. */

import { onMounted, ref, shallowRef, watch } from 'vue'
import type { Strategies } from '@/api/quoting'
import { useDesk } from '@/stores/desk'
import { useQuotes } from '@/stores/quotes'

export function useStrategies() {
  const quotes = useQuotes()
  const desk = useDesk()
  const told = shallowRef<Strategies | null>(null)
  const fault = ref('')

  async function read(): Promise<void> {
    try {
      told.value = await desk.fetchStrategies()
      fault.value = ''
    } catch (error) {
      fault.value = (error as Error).message
    }
  }

  watch(() => quotes.pair, read)
  onMounted(read)
  return { told, fault, read }
}
