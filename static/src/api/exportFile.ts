/** What a list is narrowed to, as a file that the server writes. */

import { download, type Params } from './http'

export const KINDS = ['csv', 'xlsx'] as const
export type Kind = (typeof KINDS)[number]
export type ExportedList = 'alerts' | 'orders' | 'restrictions' | 'problems' | 'sessions' | `${string}/live` | `backtests/${number}/alerts` | `ledger/${string}` | 'metrics/system' | 'metrics/business' | 'logs' | `data-files/${number}/rejects`

export interface Exported {
  rows: number
  /** Whether there were more. */
  isCut: boolean
}

export async function exportFile(list: ExportedList, kind: Kind, filter: Params, signal: AbortSignal): Promise<Exported> {
  const { content, headers } = await download(`${list}/export`, { ...filter, kind }, signal)
  const exported = { rows: Number(headers.get('X-Export-Rows')), isCut: headers.get('X-Export-Cut') === 'true' }
  saveAs(nameOf(list, kind, filter, exported), content)
  return exported
}

/** It says what is in it, also when it is passed on. */
function nameOf(list: ExportedList, kind: Kind, filter: Params, { rows, isCut }: Exported): string {
  const parts = Object.values(filter).filter(Boolean)
  const cut = isCut ? [`first-${rows}`] : []
  return `${[list.replaceAll('/', '-'), ...(parts.length > 0 ? parts : ['all']), ...cut].join('-')}.${kind}`
}

function saveAs(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
