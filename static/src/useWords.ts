/** Words for what the wire says in codes; an unknown code shows as it came. */

import { useI18n } from 'vue-i18n'
import type { Bilingual, Figure } from '@/api/types'
import { figure } from '@/domain/figures'
import { inLanguage } from './i18n'

export function useWords() {
  const { t, te, locale } = useI18n()

  function word(group: string, code: string | null | undefined): string {
    if (!code) return ''
    const key = `${group}.${code.replaceAll(/[ ,]+/g, '_')}`
    return te(key, 'en') ? t(key) : code
  }

  function text(bilingual: Bilingual | string): string {
    return inLanguage(bilingual, locale.value)
  }

  function withUnit(value: Figure | null, unit: string): string {
    return figure(value, unit, (each) => word('unit', each))
  }

  return { t, word, text, withUnit, locale }
}
