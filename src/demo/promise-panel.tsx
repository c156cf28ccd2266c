/** Shows the promise: every token that this page has seen, and whether the service takes it. */

import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useAuth } from '../react/index.ts'
import { Outcome, OwnUsername, PasswordField } from './field.tsx'
import {
  type Exhibit,
  forgetAll,
  getExhibits,
  isInUse,
  isNowIn,
  isRefused,
  isTrying,
  keep,
  openTestDevice,
  subscribe,
  type Trial,
  tryAll,
  tryUnrefused,
} from './witness.ts'

/** Milliseconds after an ending at which unrefused tokens are tried again: another tab's logout may still be on its way. */
const LATER = [3_000, 9_000, 21_000]

export function PromisePanel() {
  const exhibits = useSyncExternalStore(subscribe, getExhibits)
  const { accessToken, refreshToken, sessionId, unconfirmed } = useAuth()
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    const owner = 'This browser'
    if (sessionId && accessToken)
      keep({ id: `${sessionId} access`, owner, kind: 'access', token: accessToken })
    if (sessionId && refreshToken)
      keep({ id: `${sessionId} refresh`, owner, kind: 'refresh', token: refreshToken })
  }, [sessionId, accessToken, refreshToken])

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever a session begins or ends, or an ending is confirmed.
  useEffect(() => {
    isNowIn(sessionId)
    void tryAll()
  }, [sessionId, unconfirmed])

  const refused = exhibits.filter(isRefused).length
  const mayWork = !sessionId && refused < exhibits.length
  useEffect(() => {
    if (!mayWork) return
    const timers = LATER.map((ms) => setTimeout(tryUnrefused, ms))
    const look = () => document.visibilityState === 'visible' && void tryUnrefused()
    document.addEventListener('visibilitychange', look)
    return () => {
      for (const timer of timers) clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [mayWork])

  const forget = () => {
    forgetAll()
    // This button goes with what it forgot, and with nobody signed in the whole panel does.
    const next = sessionId ? heading.current : document.querySelector('h1')
    next?.focus()
  }

  if (exhibits.length === 0 && !sessionId) return null
  return (
    <section className="card promise" aria-labelledby="promise">
      <h2 id="promise" ref={heading} tabIndex={-1}>
        The promise, tried
      </h2>
      <p>
        The tokens that this page is given are kept here while it is open. Each is tried against the
        service, without cookies, whenever something ends.
        {sessionId && !refreshToken && (
          <>
            {' '}
            The refresh token of this browser is missing here: it lies in an HttpOnly cookie, which
            no script can read, this page included. A test device shows both of its tokens.
          </>
        )}
      </p>
      {exhibits.length > 0 && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard. */}
          <section className="scroll" aria-label="Tokens" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Whose</th>
                  <th scope="col">Token</th>
                  <th scope="col">Answer</th>
                </tr>
              </thead>
              <tbody>
                {exhibits.map((exhibit) => (
                  <Row key={exhibit.id} {...exhibit} />
                ))}
              </tbody>
            </table>
          </section>
          <p role="status" className="sum">
            {isTrying() ? 'Trying…' : `Refused: ${refused} of ${exhibits.length}.`}
          </p>
          <div className="row">
            <button type="button" className="curfew-button" onClick={tryAll}>
              Try all again
            </button>
            <button type="button" className="curfew-button" onClick={forget}>
              Forget these
            </button>
          </div>
        </>
      )}
      {sessionId && <TestDevice exhibits={exhibits} />}
    </section>
  )
}

const Row = ({ id, owner, kind, token, trials }: Exhibit) => (
  <tr>
    <th scope="row">{owner}</th>
    <td>
      {kind} <code>…{token.slice(-6)}</code>
    </td>
    <td>
      {isInUse({ id, kind }) && <small>not tried while this page needs it: it works once</small>}
      <ol className="trials">
        {trials.map((trial) => (
          <Answer key={trial.verdict} {...trial} />
        ))}
      </ol>
    </td>
  </tr>
)

const signs = { accepted: '✓', refused: '✕', unanswered: '?' }

const Answer = ({ verdict, answer, at }: Trial) => (
  <li data-verdict={verdict}>
    <b>
      <span aria-hidden="true">{signs[verdict]}</span> {verdict}
    </b>{' '}
    <small>
      {answer}, {new Date(at).toLocaleTimeString()}
    </small>
  </li>
)

function TestDevice({ exhibits }: { exhibits: readonly Exhibit[] }) {
  const { user } = useAuth()
  const [password, setPassword] = useState('')
  const [opened, setOpened] = useState<{ name?: string; trouble?: string }>({})
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || !user) return
    setBusy(true)
    setOpened({})
    const outcome = await openTestDevice(user.email, password)
    setBusy(false)
    setPassword('')
    setOpened(outcome)
  }

  return (
    <form className="inline" onSubmit={submit} aria-label="Open a test device">
      <OwnUsername email={user?.email} />
      <PasswordField
        label="Your password, to sign in a test device"
        name="test-device"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <button type="submit" className="curfew-button" aria-busy={busy}>
        {busy ? 'One moment…' : 'Open a test device'}
      </button>
      <Outcome good={whatBecameOf(opened.name, exhibits)} bad={opened.trouble ?? ''} />
    </form>
  )
}

/** Empty once the device's tokens are forgotten. */
function whatBecameOf(name: string | undefined, exhibits: readonly Exhibit[]): string {
  const own = exhibits.filter(({ owner }) => owner === name)
  if (own.length === 0) return ''
  return own.every(isRefused)
    ? `${name} has ended: its tokens are refused.`
    : `${name} is signed in, and among your devices. Now end it there, or log out the others, or all.`
}
