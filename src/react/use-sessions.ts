/** The devices on which one is signed in, as a list that can be asked for again. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { AuthError, AuthResult, SessionBody } from '../client/index.ts'
import { useAuthState, useProvided } from './context.ts'

export interface Sessions {
  /** Empty until known. One's own first, then by when they were last seen, the latest first. */
  sessions: SessionBody[]
  loading: boolean
  error: AuthError | null
  /** Resolves to whether the list could be read. */
  reload: () => Promise<boolean>
  /** Ends one of them. Ending one's own is a logout. */
  end: (id: string) => Promise<AuthResult<null>>
}

const byNearness = (one: SessionBody, other: SessionBody): number =>
  Number(other.current) - Number(one.current) ||
  Date.parse(other.last_seen_at) - Date.parse(one.last_seen_at)

export function useSessions(): Sessions {
  const { auth, endings } = useProvided()
  const { sessionId, status } = useAuthState()
  const [sessions, setSessions] = useState<SessionBody[]>([])
  const [error, setError] = useState<AuthError | null>(null)
  const [loading, setLoading] = useState(true)
  const latest = useRef(0)
  const shown = useRef(auth)

  const reload = useCallback(async () => {
    // What another client has ended before this one took its place.
    if (shown.current !== auth) return false
    const turn = ++latest.current
    setLoading(true)
    const result = await auth.listSessions()
    // An answer that was overtaken by a later question is not shown.
    if (turn !== latest.current) return false
    setLoading(false)
    setError(result.ok ? null : result.error)
    if (result.ok) setSessions([...result.value].sort(byNearness))
    return result.ok
  }, [auth])

  useEffect(() => {
    shown.current = auth
    if (status === 'signed_in' && sessionId) void reload()
    return () => {
      latest.current++
      setSessions([])
      setError(null)
      setLoading(true)
    }
  }, [auth, status, sessionId, reload])

  const seen = useRef(endings)
  useEffect(() => {
    if (seen.current !== endings) void reload()
    seen.current = endings
  }, [endings, reload])

  const end = useCallback(
    async (id: string): Promise<AuthResult<null>> => {
      const result = await auth.endSession(id)
      // `session_unknown`: it had ended before, which is what was asked for.
      const isOver = result.ok || result.error.code === 'session_unknown'
      // Gone at once: the list may be long in coming, or not come at all.
      if (isOver) setSessions((before) => before.filter((one) => one.id !== id))
      // After one's own has ended, nobody is signed in to ask for a list.
      if (isOver && auth.getState().status === 'signed_in') await reload()
      return isOver ? { ok: true, value: null } : result
    },
    [auth, reload],
  )
  // With nobody signed in there is nothing to wait for.
  return { sessions, loading: loading && status !== 'signed_out', error, reload, end }
}
