/** Who is signed in, and everything to do about it. Holds no logic: the client does. */

import { useMemo } from 'react'
import type { AuthClient, AuthState } from '../client/index.ts'
import { type Provided, useAuthState, useProvided } from './context.ts'

export interface Auth
  extends AuthState,
    Omit<AuthClient, 'getState' | 'subscribe' | 'ready' | 'dispose' | 'logout'>,
    Pick<Provided, 'logout' | 'endings'> {
  /** It is not known yet whether somebody is signed in. */
  loading: boolean
  isAuthenticated: boolean
}

/**
 * @example
 * const { user, isAuthenticated, logout } = useAuth()
 */
export function useAuth(): Auth {
  const { auth, logout, endings } = useProvided()
  const state = useAuthState()
  return useMemo(() => {
    const { getState, subscribe, ready, dispose, ...methods } = auth
    const { status } = state
    const loading = status === 'loading'
    const isAuthenticated = status === 'signed_in'
    return { ...methods, ...state, logout, endings, loading, isAuthenticated }
  }, [auth, state, logout, endings])
}
