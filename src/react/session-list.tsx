/** The devices on which one is signed in, each with a button that ends its session. */

import { type ReactNode, useId, useRef, useState } from 'react'
import type { AuthError, SessionBody } from '../client/index.ts'
import { useAuthState, useLabels, useProvided } from './context.ts'
import { takeFocus } from './focus.ts'
import type { Labels } from './labels.ts'
import { Note } from './note.tsx'
import { PendingButton } from './pending-button.tsx'
import { type Sessions, useSessions } from './use-sessions.ts'

export interface SessionListProps {
  /** What `useSessions` returned, if the page uses that elsewhere too. Default: the component calls it itself. */
  from?: Sessions | undefined
  /** After an attempt to end a session, whether or not it has ended. */
  onEnd?: ((session: SessionBody) => void) | undefined
  labels?: Partial<Labels> | undefined
}

export function SessionList({ from, ...props }: SessionListProps): ReactNode {
  const { sessionId } = useAuthState()
  // Keyed by the session: what the list says of one person's devices is not for the next.
  return from ? (
    <List key={sessionId} sessions={from} {...props} />
  ) : (
    <OwnList key={sessionId} {...props} />
  )
}

const OwnList = (props: Omit<SessionListProps, 'from'>) => (
  <List sessions={useSessions()} {...props} />
)

function List({
  sessions: { sessions, loading, error, reload, end },
  onEnd,
  labels,
}: Omit<SessionListProps, 'from'> & { sessions: Sessions }): ReactNode {
  const words = useLabels(labels)
  const { logout } = useProvided()
  const { sessionId } = useAuthState()
  const [ending, setEnding] = useState<ReadonlySet<string>>(new Set())
  const [failure, setFailure] = useState<AuthError | null>(null)
  const [ended, setEnded] = useState('')
  const list = useRef<HTMLUListElement>(null)
  const id = useId()

  const endOne = async (session: SessionBody, name: string, button: Element) => {
    setEnding((before) => new Set(before).add(session.id))
    // So that the same words are a change, and read out, the next time too.
    setFailure(null)
    setEnded('')
    if (session.id === sessionId) await logout()
    else {
      const result = await end(session.id)
      setFailure(result.ok ? null : result.error)
      setEnded(result.ok ? words.sessionEnded(name) : '')
      // The button goes with its line, and the focus with it.
      if (result.ok) takeFocus(list.current, button)
    }
    setEnding((before) => new Set([...before].filter((id) => id !== session.id)))
    onEnd?.(session)
  }

  const trouble = failure ?? error
  return (
    <div className="curfew-sessions">
      <ul ref={list} tabIndex={-1} aria-label={words.sessions} aria-busy={loading}>
        {sessions.map((session) => {
          const isHere = session.id === sessionId
          const isEnding = ending.has(session.id)
          const [name = '', ...more] = words.device(session)
          return (
            <li key={session.id} className="curfew-session" data-current={isHere || undefined}>
              <div>
                <p>
                  <strong>{name}</strong>
                  {isHere && <span className="curfew-mark">{words.currentSession}</span>}
                </p>
                <small id={id + session.id}>
                  {[...more, words.lastSeen(words.time(new Date(session.last_seen_at)))].join(
                    ' · ',
                  )}
                </small>
              </div>
              <PendingButton
                pending={isEnding}
                pendingText={words.endingSession}
                aria-label={isHere || isEnding ? undefined : words.endSessionOf(name)}
                // Two devices may have one name.
                aria-describedby={id + session.id}
                onClick={({ currentTarget }) => endOne(session, name, currentTarget)}
              >
                {isHere ? words.logOut : words.endSession}
              </PendingButton>
            </li>
          )
        })}
      </ul>
      <Note bad={trouble !== null}>
        {trouble
          ? words.failed(trouble)
          : loading && !sessions.length
            ? words.loadingSessions
            : ended}
      </Note>
      {error && (
        <button
          type="button"
          className="curfew-button"
          onClick={async ({ currentTarget }) => {
            // Whoever asks anew is told of this try, not of the one before.
            setFailure(null)
            // The button goes once there is a list, and the focus with it.
            if (await reload()) takeFocus(list.current, currentTarget)
          }}
        >
          {words.tryAgain}
        </button>
      )}
    </div>
  )
}
