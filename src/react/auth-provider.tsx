/** Owns the client's life beneath a part of the page, and where a person goes after signing out. */

import { type ReactNode, useCallback, useEffect, useMemo } from 'react'
import type { AuthClient, AuthClientOptions } from '../client/index.ts'
import { AuthContext, mergeLabels } from './context.ts'
import { holdClient } from './held-client.ts'
import type { Labels } from './labels.ts'
import type { LogoutChoice } from './use-logout.ts'

export interface AuthProviderProps {
  /** A client of your own making, which you dispose of. Left out, one is made from `options`. */
  client?: AuthClient | undefined
  /** For the client that is made here. Read once. */
  options?: AuthClientOptions | undefined
  /** Where to go after signing out, here or from elsewhere. Left out, the page stays. */
  signInPage?: string | undefined
  /** How to go there, such as your router's. Default: a full page load, which leaves nothing in memory. */
  navigate?: ((to: string) => void) | undefined
  /** Your words in place of ours. */
  labels?: Partial<Labels> | undefined
  children?: ReactNode
}

const loadPage = (to: string): void => location.assign(to)

/**
 * @example
 * <AuthProvider options={{ url: 'https://auth.example.com' }} signInPage="/login">
 *   <App />
 * </AuthProvider>
 */
export function AuthProvider({
  client,
  options,
  signInPage,
  navigate = loadPage,
  labels,
  children,
}: AuthProviderProps): ReactNode {
  // biome-ignore lint/correctness/useExhaustiveDependencies: options are an object literal in most pages, and read once.
  const held = useMemo(() => holdClient(client, options), [client])
  useEffect(() => () => held.close(), [held])

  const logout = useCallback(
    async ({ scope = 'local', redirectTo = signInPage }: LogoutChoice = {}) => {
      const result = await held.open().logout({ scope })
      const isOut = held.getState().status === 'signed_out'
      if (isOut && redirectTo) navigate(redirectTo)
      return result
    },
    [held, signInPage, navigate],
  )

  useEffect(() => {
    let before = held.getState().status
    return held.subscribe(() => {
      const { status, endedBecause } = held.getState()
      // One's own logout goes there by itself, once the server was told.
      const endedByItself = before === 'signed_in' && status === 'signed_out'
      before = status
      if (endedByItself && endedBecause !== 'logout' && signInPage) navigate(signInPage)
    })
  }, [held, signInPage, navigate])

  const provided = useMemo(
    () => ({ held, logout, labels: mergeLabels(labels) }),
    [held, logout, labels],
  )
  return <AuthContext.Provider value={provided}>{children}</AuthContext.Provider>
}
