/** Owns the client's life beneath a part of the page, and where a person goes after signing out. */

import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { type AuthClient, type AuthClientOptions, createAuthClient } from '../client/index.ts'
import { AuthContext, type LogoutChoice, mergeLabels } from './context.ts'
import type { Labels } from './labels.ts'

export interface AuthProviderProps {
  /** A client of your own making, which you dispose of. Left out, one is made from `options`. */
  client?: AuthClient | undefined
  /** For the client that is made here. Read once. */
  options?: AuthClientOptions | undefined
  /** Where to go after signing out, here or from elsewhere. Left out, the page stays. */
  signInPage?: string | undefined
  /**
   * How to go there, such as your router's. Default: a full page load, which leaves nothing in memory. Not done
   * while the state is `unsaved`: it would lose a logout that the server has not confirmed.
   */
  navigate?: ((to: string) => void) | undefined
  /** Your words in place of ours. */
  labels?: Partial<Labels> | undefined
  children?: ReactNode
}

const more = (count: number): number => count + 1

/** Not at once: StrictMode leaves and comes back in the same breath. Nor while a logout would go with it. Returns what calls it off. */
function disposeLater(auth: AuthClient): () => void {
  let unsubscribe = () => {}
  const look = () => {
    if (auth.getState().unsaved) return false
    unsubscribe()
    auth.dispose()
    return true
  }
  const timer = setTimeout(() => {
    if (!look()) unsubscribe = auth.subscribe(look)
  })
  return () => {
    clearTimeout(timer)
    unsubscribe()
  }
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
  // A client that was made and never used has done nothing: a render may be thrown away.
  // biome-ignore lint/correctness/useExhaustiveDependencies: options are an object literal in most pages, and read once.
  const held = useMemo(
    () => ({
      auth: client ?? createAuthClient(options),
      isOwn: !client,
      stay: () => {},
      loggingOut: 0,
    }),
    [client],
  )
  const { auth } = held
  const [endings, setEndings] = useState(0)

  useEffect(() => {
    held.stay()
    return () => {
      if (held.isOwn) held.stay = disposeLater(held.auth)
    }
  }, [held])

  // In a moment: what a router throws is then the page's own fault, and no reason to lose a result.
  const leave = useCallback(
    (to: string) =>
      queueMicrotask(() => {
        const { status, unsaved } = auth.getState()
        // A full page load would lose a logout that only this page has.
        const isSafe = navigate !== loadPage || !unsaved
        // Somebody may have signed in again while the answer was on its way.
        if (status === 'signed_out' && isSafe) navigate(to)
      }),
    [auth, navigate],
  )

  const logout = useCallback(
    async ({ scope = 'local', redirectTo = signInPage }: LogoutChoice = {}) => {
      held.loggingOut++
      const result = await auth.logout({ scope }).finally(() => held.loggingOut--)
      if (result.ok && auth.getState().status === 'signed_in') setEndings(more)
      // One's own session may have ended meanwhile, which is no end of this logout's.
      const to = redirectTo || (scope === 'others' && signInPage)
      if (to) leave(to)
      return result
    },
    [held, auth, signInPage, leave],
  )

  useEffect(() => {
    let { status: before, unconfirmed: waited } = auth.getState()
    return auth.subscribe(() => {
      const { status, endedBecause, unconfirmed } = auth.getState()
      if (waited && !unconfirmed && status === 'signed_in') setEndings(more)
      waited = unconfirmed
      // The logout above goes there by itself, or to another place.
      const endedOtherwise = before === 'signed_in' && status === 'signed_out' && !held.loggingOut
      before = status
      if (!endedOtherwise || !signInPage) return
      // A page load would cut off the answer to a logout of this tab's own, so that is waited for.
      const isOwn = endedBecause === 'logout' || endedBecause === 'idle'
      void (isOwn ? auth.logout() : Promise.resolve()).then(() => leave(signInPage))
    })
  }, [held, auth, signInPage, leave])

  const provided = useMemo(
    () => ({ auth, logout, endings, labels: mergeLabels(labels) }),
    [auth, logout, endings, labels],
  )
  return <AuthContext.Provider value={provided}>{children}</AuthContext.Provider>
}
