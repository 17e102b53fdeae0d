/** What each user sets for this browser. */

import { defineStore } from 'pinia'
import { reactive, toRefs, watch } from 'vue'

export interface Settings {
  theme: 'dark' | 'light'
  sound: boolean
  desktop: boolean
  redIsUp: boolean
}

const KEPT_AS = 'riskgw.settings'
const FIRST: Settings = { theme: 'dark', sound: false, desktop: false, redIsUp: true }

function kept(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}') as Partial<Settings>
  } catch {
    return {}
  }
}

export const useSettings = defineStore('settings', () => {
  const settings = reactive<Settings>({ ...FIRST, ...kept() })
  watch(settings, () => localStorage.setItem(KEPT_AS, JSON.stringify(settings)))

  function switchTheme(): void {
    settings.theme = settings.theme === 'dark' ? 'light' : 'dark'
  }

  return { ...toRefs(settings), switchTheme }
})
