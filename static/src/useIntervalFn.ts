import { onMounted, onUnmounted } from 'vue'

export function useIntervalFn(act: () => void, everyMs: number): void {
  let timer: ReturnType<typeof setInterval>
  onMounted(() => (timer = setInterval(act, everyMs)))
  onUnmounted(() => clearInterval(timer))
}
