/** JSON whose nanoseconds survive: integers under keys ending in `_ns` are read as text. */

const NANOSECONDS = /("(?:[^"\\]|\\.)*_ns"\s*:\s*)(-?\d{16,})(?=\s*[,}\]])/g

export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(NANOSECONDS, '$1"$2"'))
}
