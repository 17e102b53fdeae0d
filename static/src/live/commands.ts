/** Commands and their answers, matched by number. */

import { ApiError, codeOf } from '@/api/http'
import { refusalIn } from '@/i18n'
import type { ReplyFrame } from './frames'

export const ANSWER_WITHIN_MS = 10_000

/** The socket went or stayed silent: nobody knows whether the command was carried out. */
export class NoAnswer extends Error {}

interface Waiting {
  resolve(data: unknown): void
  reject(error: Error): void
  timer: ReturnType<typeof setTimeout>
}

export class Commands {
  private number = 0
  private readonly waiting = new Map<string, Waiting>()

  constructor(private readonly send: (frame: object) => boolean) {}

  run(name: string, args: object): Promise<unknown> {
    const id = `c${++this.number}`
    return new Promise((resolve, reject) => {
      if (!this.send({ op: 'command', id, name, args })) return reject(new NoAnswer('not connected'))
      const timer = setTimeout(() => this.take(id)?.reject(new NoAnswer('no answer')), ANSWER_WITHIN_MS)
      this.waiting.set(id, { resolve, reject, timer })
    })
  }

  answer({ reply, ok, data, error }: ReplyFrame): void {
    const command = reply === null ? undefined : this.take(reply)
    if (ok) command?.resolve(data)
    else command?.reject(new ApiError(error?.status ?? 500, error?.title ?? '', refusalIn(error?.type, error?.detail ?? ''), error?.errors, codeOf(error?.type)))
  }

  abandon(): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.reject(new NoAnswer('connection lost'))
  }

  private take(id: string): Waiting | undefined {
    const command = this.waiting.get(id)
    this.waiting.delete(id)
    clearTimeout(command?.timer)
    return command
  }
}
