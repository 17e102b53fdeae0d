/** What is measured, in the reader's language; a code that has no name shows as it is. */

import { metricOf, subjectOf } from './domain/hosts'
import { useIndicators } from './stores/indicators'
import { useWords } from './useWords'

/** Figures of counters share some codes with indicators; their rules are these. */
const FIGURES = 'B13.'

export function useIndicatorNames() {
  const { text, word } = useWords()
  const indicators = useIndicators()

  function named(code: string, rule = ''): string {
    if (rule.startsWith(FIGURES)) return word('metric', code)
    const known = indicators.names.get(code)
    if (known && text(known)) return text(known)
    return `${word('hostFigure', metricOf(code))} ${subjectOf(code)}`.trim()
  }

  return { named }
}
