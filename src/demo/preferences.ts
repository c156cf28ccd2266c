/** Owns what a visitor chose about sessions on this browser. Holds nothing about who they are. */

import type { AuthClientOptions } from '../client/index.ts'
import { service } from './service.ts'

export interface Preferences {
  /** Stay signed in when the browser closes. */
  keep: boolean
  tokens: 'cookie' | 'bearer'
  /** 0: never log out for inactivity. */
  idleMinutes: number
}

export const idleChoices = [0, 1, 15, 60]
const initial: Preferences = { keep: true, tokens: 'cookie', idleMinutes: 0 }
const key = 'curfew-page'

export const clientOptions = ({ keep, tokens, idleMinutes }: Preferences): AuthClientOptions => ({
  url: service,
  transport: tokens,
  storage: keep ? 'local' : 'session',
  ...(idleMinutes > 0
    ? { idle: { after: idleMinutes * 60, warnFor: Math.min(60, idleMinutes * 30) } }
    : {}),
})

export function readPreferences(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    const { keep, tokens, idleMinutes } = { ...initial, ...(kept as Partial<Preferences>) }
    return {
      keep: keep !== false,
      tokens: tokens === 'bearer' ? 'bearer' : 'cookie',
      idleMinutes: idleChoices.includes(idleMinutes) ? idleMinutes : initial.idleMinutes,
    }
  } catch {
    return initial
  }
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(key, JSON.stringify(preferences))
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}
