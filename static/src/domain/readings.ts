import type { Alert, Reading } from '@/api/types'
import { holds } from './decimals'

/** The readings that caused the alert first. */
export function causesFirst({ values }: Pick<Alert, 'values'>): Reading[] {
  const caused = ({ value, cmp, threshold }: Reading) => Number(!holds(value, cmp, threshold))
  return [...values].sort((left, right) => caused(left) - caused(right))
}
