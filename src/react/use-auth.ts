/** Who is signed in, and everything to do about it. Holds no logic: the client does. */

import { useMemo } from 'react'
import type { AuthClient, AuthState } from '../client/index.ts'
import { type Provided, useAuthState, useProvided } from './context.ts'

export interface Auth
  extends AuthState,
    Pick<
      AuthClient,
      | 'signUp'
      | 'signIn'
      | 'reauthenticate'
      | 'updateUser'
      | 'listSessions'
      | 'endSession'
      | 'refresh'
      | 'clearTokens'
      | 'stay'
      | 'fetch'
    >,
    Pick<Provided, 'logout'> {
  /** It is not known yet whether somebody is signed in. */
  loading: boolean
  isAuthenticated: boolean
}

/**
 * @example
 * const { user, isAuthenticated, logout } = useAuth()
 */
export function useAuth(): Auth {
  const { held, logout } = useProvided()
  const state = useAuthState()
  const methods = useMemo(() => {
    const { open } = held
    return {
      logout,
      signUp: (input) => open().signUp(input),
      signIn: (input) => open().signIn(input),
      reauthenticate: (password) => open().reauthenticate(password),
      updateUser: (changes) => open().updateUser(changes),
      listSessions: () => open().listSessions(),
      endSession: (id) => open().endSession(id),
      refresh: () => open().refresh(),
      clearTokens: () => open().clearTokens(),
      stay: () => open().stay(),
      fetch: (input, init) => open().fetch(input, init),
    } satisfies Partial<Auth>
  }, [held, logout])
  return useMemo(
    () => ({
      ...state,
      ...methods,
      loading: state.status === 'loading',
      isAuthenticated: state.status === 'signed_in',
    }),
    [state, methods],
  )
}
