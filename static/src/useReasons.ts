/** Reasons of restrictions in the reader's words. */

import type { Restriction, Step } from '@/api/restrictions'
import { reasonBySystem, reasonOf } from '@/domain/restrictions'
import { useWords } from './useWords'

export function useReasons() {
  const { t, word } = useWords()
  const level = (code: string) => word('level', code)
  const bySystem = (reason: string) =>
    reasonBySystem(reason, { level, dayOver: t('restriction.dayOver'), asOther: (id) => t('restriction.asOther', { id }) })

  const of = (restriction: Restriction) => reasonOf(restriction, level)
  const ofStep = ({ by, reason }: Step) => (by === null ? bySystem(reason) : reason)
  const ofRelease = ({ released_by: by, release_reason: reason }: Restriction) =>
    by === null && reason !== null ? bySystem(reason) : reason
  return { of, ofStep, ofRelease }
}
