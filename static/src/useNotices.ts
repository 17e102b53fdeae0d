/** Sound and desktop notification of a prompt, where the user wants them. */

import { useRouter } from 'vue-router'
import type { Alert } from './api/types'
import { isOfHere } from './domain/breaches'
import { isCritical } from './domain/levels'
import { usePrompts } from './stores/prompts'
import { useSettings } from './stores/settings'
import { useWords } from './useWords'

const TONES: Record<Alert['level'], number[]> = { warn: [660], restrict: [660, 660], limit: [880, 660, 880] }
const TONE_SECONDS = 0.14
const QUIET_MS = 2_000

let audio: AudioContext | undefined
let lastBeepMs = 0

export function beep(level: Alert['level']): void {
  if (Date.now() - lastBeepMs < QUIET_MS) return
  lastBeepMs = Date.now()
  const context = (audio ??= new AudioContext())
  void context.resume()
  TONES[level].forEach((hertz, place) => tone(context, hertz, place * TONE_SECONDS * 1.4))
}

function tone(context: AudioContext, hertz: number, after: number): void {
  const begin = context.currentTime + after
  const oscillator = context.createOscillator()
  const gain = context.createGain()
  oscillator.frequency.value = hertz
  gain.gain.setValueAtTime(0.15, begin)
  gain.gain.exponentialRampToValueAtTime(0.001, begin + TONE_SECONDS)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(begin)
  oscillator.stop(begin + TONE_SECONDS)
}

/** Browsers let a page ask only while the user is clicking. */
export async function mayNotify(): Promise<boolean> {
  if (!('Notification' in window)) return false
  return (await Notification.requestPermission()) === 'granted'
}

export function useNotices(): void {
  const settings = useSettings()
  const router = useRouter()
  const { word, text } = useWords()

  function notify(alert: Alert): void {
    if (!('Notification' in window) || Notification.permission !== 'granted') return
    const title = `${word('level', alert.level)} · ${alert.rule} ${text(alert.name)}`
    const body = `${Object.values(alert.key).join(' ')}\n${text(alert.advice)}`
    const notice = new Notification(title, { body, tag: alert.id, requireInteraction: isCritical(alert.level) })
    notice.onclick = () => {
      window.focus()
      void router.push(isOfHere(alert) ? alert.admin_url : { name: 'alerts', params: { id: alert.id } })
    }
  }

  usePrompts().onRaised((alert) => {
    if (settings.sound) beep(alert.level)
    if (settings.desktop && document.hidden) notify(alert)
  })
}
