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

/** The new client takes over once `prepare` has gone well, so that the screen does not blink. Of two choices, the later. */
async function exchange<Value>(
  preferences: Preferences,
  prepare: (client: AuthClient) => Promise<AuthResult<Value>>,
): Promise<AuthResult<Value>> {
  const choice = ++choices
  if (JSON.stringify(preferences) === JSON.stringify(current.preferences))
    return prepare(current.client)
  const { status, unsaved } = current.client.getState()
  // A logout that the browser has no room for would be lost with its client. With nobody signed in, `logout` sends it again.
  if (unsaved && status === 'signed_out') {
    const { error } = await current.client.logout()
    if (error && current.client.getState().unsaved) return { ok: false, error }
  }
  const next = make(preferences)
  const result = await prepare(next.client)
  const takesOver = result.ok && choice === choices && !current.client.getState().unsaved
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
  exchange({ ...current.preferences, idleMinutes }, async (client) => {
    await client.ready()
    await saved(current.client)
    // Logged out meanwhile: the client that did it stays, and sends that until it is confirmed.
    return client.getState().status === 'signed_in'
      ? { ok: true, value: null }
      : { ok: false, error: nobody }
  })

const nobody = {
  code: 'no_authorization',
  message: 'Nobody is signed in.',
  status: 401,
  retryAfter: null,
}

/** Resolves once the client knows of no logout that the browser has no room for. */
async function saved(client: AuthClient): Promise<void> {
  while (client.getState().unsaved)
    await new Promise<void>((resolve) => {
      const unsubscribe = client.subscribe(() => resolve(unsubscribe()))
    })
}
