import { onUnmounted } from 'vue'
import { useConnection } from '@/stores/connection'
import type { Topic } from './frames'

/** Subscribed for as long as the component is on the screen. */
export function useTopics(...topics: Topic[]): void {
  const connection = useConnection()
  const ends = topics.map((topic) => connection.watchTopic(topic))
  onUnmounted(() => ends.forEach((end) => end()))
}
