/** Owns the state that is watched: one frozen object per change, and who is told. Never decides what it is. */

import type { AuthState } from './types.ts'

export interface Store {
  get(): AuthState
  /** Tells the listeners only when a value has changed. */
  set(change: Partial<AuthState>): void
  subscribe(listener: () => void): () => void
}

export const NOBODY = {
  user: null,
  accessToken: null,
  refreshToken: null,
  sessionId: null,
  expiresAt: null,
  idleWarning: null,
}

export function createStore(): Store {
  let state: AuthState = {
    ...NOBODY,
    status: 'loading',
    endedBecause: null,
    unconfirmed: false,
    unsaved: false,
    givenUp: null,
  }
  const listeners = new Set<() => void>()
  return {
    get: () => state,
    set(change) {
      const keys = Object.keys(change) as (keyof AuthState)[]
      if (keys.every((key) => change[key] === state[key])) return
      state = Object.freeze({ ...state, ...change })
      // One may take another off.
      for (const listener of [...listeners]) if (listeners.has(listener)) tell(listener)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** A listener that throws is the page's mistake: it is reported, and stops neither the change nor the other listeners. */
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    report(error)
  }
}

function report(error: unknown): void {
  const { reportError } = globalThis as { reportError?: (error: unknown) => void }
  if (reportError) reportError(error)
  else
    queueMicrotask(() => {
      throw error
    })
}
