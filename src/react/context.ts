/** Owns what the provider hands down, and the sentence for whoever forgot it. */

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { AuthClient, AuthState, LogoutResult, LogoutScope } from '../client/index.ts'
import { defaultLabels, type Labels } from './labels.ts'

export interface LogoutChoice {
  /** Default: `local`, this device only. */
  scope?: LogoutScope | undefined
  /** Where to go afterwards, once nobody is signed in here. Default: the provider's `signInPage`; `false`: nowhere. */
  redirectTo?: string | false | undefined
}

/** A scope in place of `{ scope }` would end this session only, so it becomes a choice that the client refuses. */
export const choiceOf = (choice?: LogoutChoice): LogoutChoice =>
  typeof choice === 'string' ? { scope: '' as LogoutScope } : (choice ?? {})

export interface Provided {
  auth: AuthClient
  labels: Labels
  /** Logs out, and goes to the sign-in page when that is done. */
  logout: (choice?: LogoutChoice) => Promise<LogoutResult>
  /** Goes up when a logout may have ended other sessions while this one stays: reload your lists of sessions then. */
  endings: number
}

export const AuthContext = createContext<Provided | null>(null)

export function useProvided(): Provided {
  const provided = useContext(AuthContext)
  if (provided) return provided
  throw new TypeError(
    'This needs an <AuthProvider> of curfew/react somewhere above it: <AuthProvider><App /></AuthProvider>.',
  )
}

/** The state that a server renders, and a browser while it hydrates: it is not known yet who is there. */
const unknown: AuthState = Object.freeze({
  status: 'loading',
  user: null,
  accessToken: null,
  refreshToken: null,
  sessionId: null,
  expiresAt: null,
  endedBecause: null,
  unconfirmed: false,
  unsaved: false,
  givenUp: null,
  idleWarning: null,
})
const getUnknown = () => unknown

export function useAuthState(): AuthState {
  const { auth } = useProvided()
  return useSyncExternalStore(auth.subscribe, auth.getState, getUnknown)
}

/** A component's own words before the provider's, those before the built-in ones. */
export function useLabels(own?: Partial<Labels>): Labels {
  const { labels } = useProvided()
  return own ? { ...labels, ...given(own) } : labels
}

export const mergeLabels = (own: Partial<Labels> = {}): Labels => ({
  ...defaultLabels,
  ...given(own),
})

/** A word that a translation lacks is `undefined`, and would leave a button without a name. */
const given = (own: Partial<Labels>): Partial<Labels> =>
  Object.fromEntries(Object.entries(own).filter(([, word]) => word !== undefined))
