/** Owns what the provider hands down, and the sentence for whoever forgot it. */

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { AuthState, LogoutResult } from '../client/index.ts'
import { type HeldClient, UNKNOWN } from './held-client.ts'
import { defaultLabels, type Labels } from './labels.ts'
import type { LogoutChoice } from './use-logout.ts'

export interface Provided {
  held: HeldClient
  labels: Labels
  /** Logs out, and goes to the sign-in page when that is done. */
  logout: (choice?: LogoutChoice) => Promise<LogoutResult>
}

export const AuthContext = createContext<Provided | null>(null)

export function useProvided(): Provided {
  const provided = useContext(AuthContext)
  if (provided) return provided
  throw new TypeError(
    'This needs an <AuthProvider> of curfew/react somewhere above it: <AuthProvider><App /></AuthProvider>.',
  )
}

const unknown = () => UNKNOWN

export function useAuthState(): AuthState {
  const { held } = useProvided()
  return useSyncExternalStore(held.subscribe, held.getState, unknown)
}

/** A component's own words before the provider's, those before the built-in ones. */
export function useLabels(own?: Partial<Labels>): Labels {
  const { labels } = useProvided()
  return own ? { ...labels, ...own } : labels
}

export const mergeLabels = (own?: Partial<Labels>): Labels => ({ ...defaultLabels, ...own })
