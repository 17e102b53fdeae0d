import { createI18n } from 'vue-i18n'
import type { Bilingual, Language } from '@/api/types'
import en from './locales/en'
import zh from './locales/zh'

export type Locale = 'en' | 'zh'

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as Locale,
  fallbackLocale: 'en',
  messages: { en, zh } as Record<Locale, typeof en>,
})

export function speak(language: Language): void {
  i18n.global.locale.value = language === 'en' ? 'en' : 'zh'
  document.documentElement.lang = language
}

export function inLanguage(text: Bilingual | string, locale: string): string {
  if (typeof text === 'string') return text
  return locale === 'zh' ? text.zh || text.en : text.en || text.zh
}

/** Why the server refuses: its own sentence in English, else that of the code, if there is one. */
export function refusalIn(type: string | undefined, detail: string, name = ''): string {
  const { t, te, locale } = i18n.global
  const key = `refusal.${type?.split(':').at(-1) ?? ''}`
  return te(key, 'en') && (locale.value !== 'en' || !detail) ? t(key, { name }) : detail
}
