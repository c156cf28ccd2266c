/** Change the password, and with it who else is signed in. */

import { type FormEvent, useState } from 'react'
import { useAuth } from '../react/index.ts'
import { Outcome, OwnUsername, PasswordField } from './field.tsx'

interface PasswordCardProps {
  onChanged: () => void
  /** Told what to say when this card is gone with the session. */
  onLeave: (said: string) => void
}

export function PasswordCard({ onChanged, onLeave }: PasswordCardProps) {
  const { updateUser, user } = useAuth()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [alsoHere, setAlsoHere] = useState(false)
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<{ good?: string; bad?: string }>({})

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setOutcome({})
    const result = await updateUser({
      password: next,
      current_password: current,
      logout: alsoHere ? 'global' : 'others',
    })
    setBusy(false)
    if (!result.ok) return setOutcome({ bad: result.error.message })
    setCurrent('')
    setNext('')
    if (alsoHere) return onLeave('Your password has been changed. Every session has ended.')
    setOutcome({ good: 'Your password has been changed. Every other session has ended.' })
    onChanged()
  }

  return (
    <section className="card" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <p>A new one ends every other session.</p>
      <form onSubmit={submit}>
        <OwnUsername email={user?.email} />
        <PasswordField
          label="Current password"
          name="current"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <PasswordField
          label="New password"
          name="new"
          autoComplete="new-password"
          minLength={8}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={alsoHere}
            onChange={(event) => setAlsoHere(event.target.checked)}
          />
          Log out here as well
        </label>
        <button type="submit" className="curfew-button" aria-busy={busy}>
          {busy ? 'One moment…' : 'Change password'}
        </button>
        <Outcome {...outcome} />
      </form>
    </section>
  )
}
