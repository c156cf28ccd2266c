/** What happened to this account, newest first. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { EventBody, EventsBody } from '../contract/answers.ts'
import { paths } from '../contract/paths.ts'
import { useAuth } from '../react/index.ts'
import { Outcome } from './field.tsx'
import { service } from './service.ts'

const sentences: Record<string, string> = {
  user_signedup: 'Account created',
  user_created: 'Account created',
  user_modified: 'Account changed',
  user_updated_password: 'Password changed',
  user_updated_email: 'Email address changed',
  user_banned: 'Account suspended',
  user_reauthenticated: 'Password confirmed',
  login: 'Signed in',
  logout: 'Logged out',
  session_ended: 'A session was ended',
  session_evicted: 'The session closest to its end was ended: too many devices',
  refresh_token_reused: 'An old refresh token was reused, so its session was ended',
  token_revoked: 'A token was revoked',
  logout_by_admin: 'Logged out everywhere',
  logout_everyone: 'Everyone was logged out',
}

const PAGE = 8

/** A new `turn` asks again, as does the end of other sessions. */
export function EventsCard({ turn }: { turn: number }) {
  const { fetch: fetchAsUser, endings } = useAuth()
  const [events, setEvents] = useState<EventBody[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')

  const list = useRef<HTMLOListElement>(null)
  const latest = useRef(0)
  const wasPressed = useRef(false)

  const load = useCallback(
    async (after: string | null) => {
      const turnOfThis = ++latest.current
      setBusy(true)
      const query = `?per_page=${PAGE}${after ? `&after=${after}` : ''}`
      const page = await fetchAsUser(service + paths.userEvents + query)
        .then((response) => (response.ok ? response.json() : null))
        .then((body) => body as EventsBody | null)
        .catch(() => null)
      // A later question has overtaken this one: the two would not fit together.
      if (turnOfThis !== latest.current) return
      setBusy(false)
      setTrouble(page ? '' : 'The events could not be read.')
      if (!page) return
      setEvents((before) => (after ? [...before, ...page.events] : page.events))
      setNext(page.next)
    },
    [fetchAsUser],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn asks again, and so do endings.
  useEffect(() => {
    void load(null)
    return () => {
      latest.current++
    }
  }, [load, turn, endings])

  const press = (after: string | null) => {
    if (busy) return
    wasPressed.current = true
    void load(after)
  }

  useEffect(() => {
    if (busy || !wasPressed.current) return
    wasPressed.current = false
    // The button is gone when there is no more to ask for. What is being read stays in sight.
    if (document.activeElement === document.body) list.current?.focus({ preventScroll: true })
  }, [busy])

  return (
    <section className="card" aria-labelledby="events" aria-busy={busy}>
      <h2 id="events">Security events</h2>
      <p>Kept for 90 days.</p>
      <ol ref={list} tabIndex={-1} className="events" aria-labelledby="events">
        {events.map((event) => (
          <li key={event.id}>
            <strong>
              {sentences[event.action] ?? event.action}
              {event.action === 'logout' && event.detail && ` (${event.detail})`}
            </strong>
            <small>
              {[
                new Date(event.at).toLocaleString(undefined, {
                  dateStyle: 'medium',
                  timeStyle: 'short',
                }),
                event.by === 'operator' ? 'by an operator' : event.device,
                event.place,
                event.ip === 'unknown' ? '' : event.ip,
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
          </li>
        ))}
      </ol>
      <Outcome good={busy && events.length === 0 ? 'One moment…' : ''} bad={trouble} />
      {trouble && (
        <button
          type="button"
          className="curfew-button"
          aria-busy={busy}
          onClick={() => press(null)}
        >
          Try again
        </button>
      )}
      {next && !trouble && (
        <button
          type="button"
          className="curfew-button"
          aria-busy={busy}
          onClick={() => press(next)}
        >
          Older events
        </button>
      )}
    </section>
  )
}
