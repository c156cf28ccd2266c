/** Owns when a client is made and let go, so that rendering has no effects: a render may be thrown away or happen twice. */

import {
  type AuthClient,
  type AuthClientOptions,
  type AuthState,
  createAuthClient,
} from '../client/index.ts'

/** What a server renders, and a browser until it has looked: nobody knows yet. */
export const UNKNOWN: AuthState = Object.freeze({
  status: 'loading',
  user: null,
  accessToken: null,
  refreshToken: null,
  sessionId: null,
  expiresAt: null,
  endedBecause: null,
  unconfirmed: false,
  idleWarning: null,
})

export interface HeldClient {
  /** Makes the client when it is first needed: from an effect or an event, never while rendering. */
  open(): AuthClient
  getState(): AuthState
  subscribe(listener: () => void): () => void
  /** Disposes of a client of our own. What is given is its giver's. */
  close(): void
}

export function holdClient(given?: AuthClient, options?: AuthClientOptions): HeldClient {
  let own: AuthClient | undefined
  const open = (): AuthClient => {
    if (given) return given
    own ??= createAuthClient(options)
    return own
  }
  return {
    open,
    getState: () => (given ?? own)?.getState() ?? UNKNOWN,
    subscribe: (listener) => open().subscribe(listener),
    close() {
      own?.dispose()
      own = undefined
    },
  }
}
