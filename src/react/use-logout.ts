/** One logout at a time, and what came of it. What a logout is, the client knows. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { AuthError, LogoutResult } from '../client/index.ts'
import { type LogoutChoice, useAuthState, useProvided } from './context.ts'

export interface Logout {
  /** Never rejects. A second call while one is under way is that same one. */
  logout: (choice?: LogoutChoice) => Promise<LogoutResult>
  loading: boolean
  /** Set when the server did not confirm, though nobody is signed in here any more. */
  error: AuthError | null
  status: 'idle' | 'pending' | 'success' | 'error'
  /** What came of the latest one. Null again once a queued one waits no longer, or somebody else is signed in. */
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
  const underWay = useRef<Promise<LogoutResult> | null>(null)
  const { scope, redirectTo } = defaults ?? {}

  // It is said to whoever asked for it, and to nobody; not to whoever is signed in next.
  const data = outcome && (!sessionId || sessionId === outcome.of) ? outcome.result : null

  useEffect(() => {
    const isOver = !unconfirmed && outcome?.result.server === 'queued'
    if (isOver || (outcome && !data)) setOutcome(null)
  }, [unconfirmed, outcome, data])

  const begin = useCallback(
    (choice?: LogoutChoice) => {
      const { sessionId: of } = auth.getState()
      underWay.current ??= logout({ scope, redirectTo, ...choice })
        .then((result) => {
          setOutcome({ result, of })
          return result
        })
        .finally(() => {
          underWay.current = null
          setLoading(false)
        })
      setLoading(true)
      return underWay.current
    },
    [auth, logout, scope, redirectTo],
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
