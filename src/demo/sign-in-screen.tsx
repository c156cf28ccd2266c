/** Sign in, or make an account. */

import { type FormEvent, useState } from 'react'
import { enter, getCurrent } from './current-client.ts'
import { Field, Outcome, PasswordField } from './field.tsx'
import { ScreenHeading } from './heading.tsx'
import { isLocal } from './service.ts'

const testAccount = { email: 'test@example.com', password: 'password123' }

export function SignInScreen() {
  const [preferences, setPreferences] = useState(getCurrent().preferences)
  const [isNew, setNew] = useState(false)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setTrouble('')
    const result = await enter(isNew ? 'signUp' : 'signIn', { email, password }, preferences)
    setBusy(false)
    if (!result.ok) setTrouble(result.error.message)
  }

  const change = (toNew: boolean) => {
    setNew(toNew)
    setTrouble('')
  }

  return (
    <div className="entrance">
      <section className="pitch">
        <ScreenHeading>Signed out means out.</ScreenHeading>
        <p>
          Sign in here, and in another browser too. Log out, and this browser's tabs follow; log out
          everywhere, and the other browser does too. Watch every old token be refused.
        </p>
      </section>
      <form className="card" onSubmit={submit} aria-labelledby="form-title">
        <h2 id="form-title">{isNew ? 'Create an account' : 'Sign in'}</h2>
        <Field
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          {...(isNew ? { minLength: 8, hint: 'At least 8 characters; a sentence is fine.' } : {})}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={preferences.keep}
            onChange={(event) => setPreferences({ ...preferences, keep: event.target.checked })}
          />
          Stay signed in when the browser closes
        </label>
        <button type="submit" className="curfew-button curfew-main" aria-busy={busy}>
          {busy ? 'One moment…' : isNew ? 'Create account' : 'Sign in'}
        </button>
        <Outcome bad={trouble} />
        <p className="switch">
          {isNew ? 'Already have an account? ' : 'No account yet? '}
          <button type="button" className="quiet" onClick={() => change(!isNew)}>
            {isNew ? 'Sign in instead' : 'Create one'}
          </button>
        </p>
        <details>
          <summary>For developers</summary>
          <label className="field">
            Where tokens rest
            <select
              value={preferences.tokens}
              onChange={(event) =>
                setPreferences({
                  ...preferences,
                  tokens: event.target.value === 'bearer' ? 'bearer' : 'cookie',
                })
              }
            >
              <option value="cookie">Cookie that no script can read</option>
              <option value="bearer">Browser storage</option>
            </select>
          </label>
          {isLocal && (
            <button
              type="button"
              className="quiet"
              onClick={() => {
                change(false)
                setEmail(testAccount.email)
                setPassword(testAccount.password)
              }}
            >
              Fill in the local test account
            </button>
          )}
        </details>
      </form>
    </div>
  )
}
