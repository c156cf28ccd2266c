/** The devices on which one is signed in, as a list that can be asked for again. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { AuthError, AuthResult, SessionBody } from '../client/index.ts'
import { useAuthState, useProvided } from './context.ts'

export interface Sessions {
  /** Empty until known. */
  sessions: SessionBody[]
  loading: boolean
  error: AuthError | null
  reload: () => Promise<void>
  /** Ends one of them. Ending one's own is a logout. */
  end: (id: string) => Promise<AuthResult<null>>
}

export function useSessions(): Sessions {
  const { auth } = useProvided()
  const { sessionId, status } = useAuthState()
  const [sessions, setSessions] = useState<SessionBody[]>([])
  const [error, setError] = useState<AuthError | null>(null)
  const [loading, setLoading] = useState(true)
  const latest = useRef(0)

  const reload = useCallback(async () => {
    const turn = ++latest.current
    setLoading(true)
    const result = await auth.listSessions()
    // An answer that was overtaken by a later question is not shown.
    if (turn !== latest.current) return
    setLoading(false)
    setError(result.ok ? null : result.error)
    if (result.ok) setSessions(result.value)
  }, [auth])

  useEffect(() => {
    if (status === 'signed_in' && sessionId) void reload()
    return () => {
      latest.current++
      setSessions([])
      setLoading(true)
    }
  }, [status, sessionId, reload])

  const end = useCallback(
    async (id: string) => {
      const result = await auth.endSession(id)
      if (result.ok) await reload()
      return result
    },
    [auth, reload],
  )
  // With nobody signed in there is nothing to wait for.
  return { sessions, loading: loading && status !== 'signed_out', error, reload, end }
}
