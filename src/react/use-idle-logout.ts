/** The countdown before inactivity ends in a logout. Counts only; the client ends the session. */

import { useEffect, useState } from 'react'
import { useAuthState, useProvided } from './context.ts'

export interface IdleLogout {
  /** Whole seconds left; null when there is no warning. */
  secondsLeft: number | null
  /** Somebody is here: in every tab the time starts again. */
  stay: () => void
}

/** Works when the client has an `idle` option. */
export function useIdleLogout(): IdleLogout {
  const { auth } = useProvided()
  const { idleWarning } = useAuthState()
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null)

  useEffect(() => {
    if (!idleWarning) return
    const { endsAt, now } = idleWarning
    const tick = () => setSecondsLeft(Math.max(0, Math.ceil((endsAt - now()) / 1000)))
    tick()
    const timer = setInterval(tick, 1000)
    return () => {
      clearInterval(timer)
      setSecondsLeft(null)
    }
  }, [idleWarning])

  return { secondsLeft, stay: auth.stay }
}
