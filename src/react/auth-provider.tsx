/** Owns the life of the client that a part of the page shares, and where a person goes after signing out. */

import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { type AuthClient, type AuthClientOptions, createAuthClient } from '../client/index.ts'
import { AuthContext, choiceOf, type LogoutChoice, mergeLabels } from './context.ts'
import type { Labels } from './labels.ts'

export interface AuthProviderProps {
  /**
   * A client of your own making, which you dispose of. Left out, one is made from `options`. One that is made up, for a test, is
   * a plain object: its functions are called without `this`.
   */
  client?: AuthClient | undefined
  /** For the client that is made here. Read once. */
  options?: AuthClientOptions | undefined
  /** Where to go after signing out, here or from elsewhere. Left out, the page stays. */
  signInPage?: string | undefined
  /**
   * Goes there: your router's function, for example. Default: a full page load, which leaves nothing in memory. That load is not
   * done while the state is `unsaved`: it would lose a logout that the server has not confirmed.
   */
  navigate?: ((to: string) => void) | undefined
  /** Your words in place of ours. */
  labels?: Partial<Labels> | undefined
  children?: ReactNode
}

const more = (count: number): number => count + 1

/**
 * Disposes of the client, but not at once, since StrictMode unmounts and mounts again; nor while it is `unsaved`, since a logout
 * would be lost with it. Returns the function that calls this off.
 */
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

function loadPage(to: string): void {
  // What comes out of a link, as `?next=` does, may be a stranger's script.
  if (new URL(to, document.baseURI).protocol === 'javascript:')
    throw new TypeError('signInPage and redirectTo: no javascript:')
  location.assign(to)
}

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
  // Made while rendering, which React may throw away: a client that was never used has done nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: options are an object literal in most pages, and read once.
  const held = useMemo(
    () => ({
      auth: client ?? createAuthClient(options),
      isOwn: !client,
      stay: () => {},
      loggingOut: 0,
      wasSignedIn: false,
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

  // In a microtask: what the page's router throws does not reject the logout, whose result would be lost.
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
    async (choice?: LogoutChoice) => {
      const { scope = 'local', redirectTo = signInPage } = choiceOf(choice)
      held.loggingOut++
      const result = await auth.logout({ scope }).finally(() => held.loggingOut--)
      if (result.ok && auth.getState().status === 'signed_in') setEndings(more)
      // After `others` this session was to stay. If it ended meanwhile, `signInPage` is next, even with `redirectTo: false`.
      const to = redirectTo || (scope === 'others' && signInPage)
      if (to) leave(to)
      return result
    },
    [held, auth, signInPage, leave],
  )

  useEffect(() => {
    let { unconfirmed: waited } = auth.getState()
    const note = () => {
      const { status } = auth.getState()
      // While it is unknown whose the cookie is, whoever was here has not come to a sign-in page yet.
      if (status !== 'loading') held.wasSignedIn = status === 'signed_in'
    }
    note()
    return auth.subscribe(() => {
      const { status, endedBecause, unconfirmed } = auth.getState()
      if (waited && !unconfirmed && status === 'signed_in') setEndings(more)
      waited = unconfirmed
      // `logout` above goes there by itself, or to its `redirectTo`.
      const endedOtherwise = held.wasSignedIn && status === 'signed_out' && !held.loggingOut
      note()
      if (!endedOtherwise || !signInPage) return
      // A page load would cut off the answer to a logout of this tab. With nobody signed in, `auth.logout` waits for that one.
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
