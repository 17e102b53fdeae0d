/** References to rules in words: P01 v3, the draft of P01, all rules in force. */

import { shortRef } from './domain/backtests'
import { useWords } from './useWords'

export function useBacktestRefs() {
  const { t } = useWords()
  const named = (ref: string) => shortRef(ref, { live: t('backtest.live'), draft: (rule) => t('backtest.draftOf', { rule }) })
  return { named }
}
