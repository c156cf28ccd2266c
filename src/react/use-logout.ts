/** One logout at a time, and what came of it. What a logout is, the client knows. */

import { useCallback, useEffect, useState } from 'react'
import type { AuthClient, AuthError, LogoutResult } from '../client/index.ts'
import { choiceOf, type LogoutChoice, useAuthState, useProvided } from './context.ts'

export interface Logout {
  /** Rejects only what is no choice. A second call while one is under way is that same one. */
  logout: (choice?: LogoutChoice) => Promise<LogoutResult>
  loading: boolean
  /** Set when the server did not confirm. All the same nobody is signed in here any more, except after `others`. */
  error: AuthError | null
  status: 'idle' | 'pending' | 'success' | 'error'
  /** What came of the latest one. Null again once it is no longer queued, or another session is signed in. */
  data: LogoutResult | null
  reset: () => void
}

/**
 * @example
 * const { logout, loading, error } = useLogout({ redirectTo: '/goodbye' })
 */
export function useLogout(defaults?: LogoutChoice): Logout {
  const { auth, logout } = useProvided()
  const { unconfirmed, sessionId } = useAuthState()
  const [outcome, setOutcome] = useState<{ result: LogoutResult; of: string | null } | null>(null)
  const [loading, setLoading] = useState(false)
  // By client: what becomes of one's logout says nothing of another's.
  const [underWay] = useState(() => new Map<AuthClient, Promise<LogoutResult>>())
  const { scope, redirectTo } = choiceOf(defaults)

  // Shown to the session that asked for it, and while nobody is signed in; not to the next session.
  const data = outcome && (!sessionId || sessionId === outcome.of) ? outcome.result : null

  useEffect(() => {
    const isOver = !unconfirmed && outcome?.result.server === 'queued'
    if (isOver || (outcome && !data)) setOutcome(null)
  }, [unconfirmed, outcome, data])

  const begin = useCallback(
    (choice?: LogoutChoice) => {
      const before = underWay.get(auth)
      if (before) return before
      const { sessionId: of } = auth.getState()
      const own = choiceOf(choice)
      const sent = logout({
        scope: own.scope ?? scope,
        redirectTo: own.redirectTo ?? redirectTo,
      })
        .then((result) => {
          setOutcome({ result, of })
          return result
        })
        .finally(() => {
          underWay.delete(auth)
          setLoading(underWay.size > 0)
        })
      underWay.set(auth, sent)
      setLoading(true)
      setOutcome(null)
      return sent
    },
    [auth, logout, scope, redirectTo, underWay],
  )

  return {
    logout: begin,
    loading,
    error: data?.error ?? null,
    status: loading ? 'pending' : data === null ? 'idle' : data.ok ? 'success' : 'error',
    data,
    reset: useCallback(() => setOutcome(null), []),
  }
}
