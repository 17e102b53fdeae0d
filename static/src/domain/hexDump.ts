/** Bytes as people read them: offset, hex, text. A byte that the server hides stays hidden. */

export const HIDDEN = '**'
const BYTES_A_LINE = 16

export interface HexLine {
  offset: string
  hex: string
  text: string
}

export function hexLines(excerpt: string, position: number): HexLine[] {
  const bytes = excerpt.match(/../g) ?? []
  const lines: HexLine[] = []
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    const part = bytes.slice(at, at + BYTES_A_LINE)
    lines.push({
      offset: (position + at).toString(16).padStart(8, '0'),
      hex: `${part.slice(0, 8).join(' ')}  ${part.slice(8).join(' ')}`.trimEnd(),
      text: part.map(character).join(''),
    })
  }
  return lines
}

export function hexText(lines: readonly HexLine[]): string {
  return lines.map(({ offset, hex, text }) => `${offset}  ${hex.padEnd(48)}  |${text}|`).join('\n')
}

function character(byte: string): string {
  if (byte === HIDDEN) return '*'
  const code = Number.parseInt(byte, 16)
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.'
}
