/** Owns the page's one client, and its exchange for another when the visitor chooses otherwise. */

import { type AuthClient, type AuthResult, createAuthClient } from '../client/index.ts'
import {
  clientOptions,
  type Preferences,
  readPreferences,
  writePreferences,
} from './preferences.ts'

export interface Current {
  client: AuthClient
  preferences: Preferences
}

let current = make(readPreferences())
const listeners = new Set<() => void>()

export const getCurrent = (): Current => current

export function subscribeCurrent(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function make(preferences: Preferences): Current {
  return { client: createAuthClient(clientOptions(preferences)), preferences }
}

let choices = 0

/** The new client takes over only when it knows who is there, so that the screen does not blink; of two choices the later. */
async function exchange<Value>(
  preferences: Preferences,
  prepare: (client: AuthClient) => Promise<AuthResult<Value>>,
): Promise<AuthResult<Value>> {
  const choice = ++choices
  if (JSON.stringify(preferences) === JSON.stringify(current.preferences))
    return prepare(current.client)
  const next = make(preferences)
  const result = await prepare(next.client)
  const takesOver = result.ok && choice === choices
  const leaving = takesOver ? current : next
  if (takesOver) {
    current = next
    writePreferences(preferences)
    for (const listener of listeners) listener()
  }
  leaving.client.dispose()
  return result
}

export const enter = (
  how: 'signIn' | 'signUp',
  who: { email: string; password: string },
  preferences: Preferences,
) => exchange(preferences, (client) => client[how](who))

export const chooseIdle = (idleMinutes: number) =>
  exchange({ ...current.preferences, idleMinutes }, async (client) => ({
    ok: true,
    value: await client.ready(),
  }))
