/** Who is logged in, what they may do, and in which language. */

import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { get, post } from '@/api/http'
import { parseJson } from '@/api/json'
import type { Language, Session } from '@/api/types'

const NOBODY: Session = {
  user: '',
  roles: [],
  permissions: [],
  language: 'en',
  environment: 'production',
  is_staff: false,
}

function fromPage(): Session | null {
  const text = document.getElementById('session')?.textContent
  return text ? (parseJson(text) as Session) : null
}

export const useSession = defineStore('session', () => {
  const session = shallowRef<Session>(NOBODY)
  const language = computed(() => session.value.language)
  /** The language in which the server answers by now. */
  const spoken = shallowRef<Language | ''>('')
  const isSimulated = computed(() => session.value.environment === 'simulated')
  const isStaff = computed(() => session.value.is_staff)

  async function load(): Promise<void> {
    session.value = fromPage() ?? (await get<Session>('session'))
  }

  async function speak(wanted: Language): Promise<void> {
    try {
      await post('session/language', { language: wanted })
      spoken.value = wanted
    } finally {
      session.value = { ...session.value, language: wanted }
    }
  }

  function can(permission: string): boolean {
    return session.value.permissions.includes(permission)
  }

  return { session, language, spoken, isSimulated, isStaff, load, speak, can }
})
