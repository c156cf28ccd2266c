/** Owns logging out: here first and always, then on the server, and again until it confirms. Never waits for a turn. */

import type { LogoutBody } from '../contract/answers.ts'
import { type Alarms, backoff, pause } from './alarms.ts'
import { NOTE, type Note, type Notes } from './notes.ts'
import type { Renewal } from './renewal.ts'
import type { Held, Rest } from './rest.ts'
import type { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { Turns } from './turns.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'
import { type Answer, askTokens, failure, mayPass, unreached, type Wire } from './wire.ts'

export interface Farewell {
  logout(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends again what waits. `event`: something has changed, so it may go before its time. */
  flush(event?: boolean): void
  /** Sends what waits for the cookie, or lets another page do so, before somebody signs in and has another; false when it could not. */
  settle(): Promise<boolean>
  /** Ends a session that another one has replaced in this browser. */
  replace(former: Held): void
  /** Somebody has signed in: what was given up before that is not said any more. */
  forgive(): void
  /** Looks whether anything is not confirmed or was given up, and sets the clock. */
  look(): void
}

/**
 * Milliseconds. No session lives longer with the service's own default of SESSION_ABSOLUTE_TTL. This one's is not known here,
 * so what is not confirmed by then may live on, and is said to be given up.
 */
const LIFE = 30 * 24 * 3600_000
const FIRST_ATTEMPT = 15_000
/** Milliseconds. The service ends every request within three seconds; the rest is for the way. */
const ANSWERED = 5_000
/** Milliseconds for which a first attempt is taken to go well. */
const QUIET = 1_000

export const signedOut = failure('no_authorization', 'Nobody is signed in.', 401)
const tooOld = failure('token_expired', 'Only this session was ended.', 401)

type Ended = Pick<LogoutBody, 'sessions_ended'>
const nothingToEnd = { ok: true, value: { sessions_ended: 0 } } as const

function resultOf(
  scope: LogoutScope,
  { ok, value, error = null }: { ok: boolean; value?: Ended; error?: AuthError | null },
  until: number | null = null,
): LogoutResult {
  const isQueued = error && mayPass(error)
  return {
    ok,
    server: ok ? 'confirmed' : isQueued ? 'queued' : 'refused',
    scope,
    sessionsEnded: value?.sessions_ended ?? null,
    until: isQueued ? until : null,
    error,
  }
}

/** Whether the cookie, as it was then, is all that it could be done with. */
const waitsForCookie = ({ token, ticket, sessionId }: Note) => !token && !ticket && !sessionId

export function createFarewell(
  { cookie, now }: Settings,
  store: Store,
  alarms: Alarms,
  wire: Wire,
  turn: Turns,
  rest: Rest,
  session: Session,
  renewal: Renewal,
  notes: Notes,
  /** In the name of whoever is signed in, and once more if the token did not work. */
  fetch: typeof globalThis.fetch,
): Farewell {
  /** Those under way, by the names of their notes. */
  const underWay = new Map<string, Promise<LogoutResult>>()

  /** Written down before it is sent, so that it outlives this page; one name a note, so that no tab overwrites another's. */
  function write(
    part: Pick<Note, 'scope' | 'token' | 'tokenUntil' | 'sessionId' | 'cookie'>,
  ): Note {
    const name = NOTE + now() + Math.random()
    const note = { ...part, name, due: now() + FIRST_ATTEMPT, until: now() + LIFE, pause: 0 }
    notes.keep(note)
    return note
  }

  /** One at a time for each note: whoever asks meanwhile is told the same. Begins in a moment, not at once. */
  function once(note: Note, ask = () => send(note)): Promise<LogoutResult> {
    const { name } = note
    const asked =
      underWay.get(name) ??
      Promise.resolve()
        .then(ask)
        .finally(() => underWay.delete(name))
    underWay.set(name, asked)
    return asked
  }

  /** Asks once, and keeps the note while it is worth it. Once more with a new token, where `former` can still be given one. */
  async function send(note: Note, former?: Held | null): Promise<LogoutResult> {
    const { name, scope, ticket, sessionId, until, tokenUntil = until } = note
    if (sessionId && renewal.isDue(0)) await renewal.renew()
    // An expired token still ends its own session, and no more: that is not what was asked for.
    const isTooOld = now() >= tokenUntil
    const reach = isTooOld ? 'local' : scope
    // Nor does it end others, so those wait for one that can be had.
    const isTooEarly = sessionId && !cookie && renewal.isDue(0)
    let answer: Answer<LogoutBody> = isTooEarly
      ? unreached
      : isTooOld && former?.refreshToken
        ? tooOld
        : await wire('POST', `/logout?scope=${reach}`, {
            token: note.token ?? former?.accessToken,
            body: ticket && { ticket },
            // What holds a token of its own is sent without the cookie, which may be another session's by now.
            own: !note.token && (!!sessionId || 'cookie'),
            keepalive: true,
            send: sessionId ? fetch : undefined,
          })
    if (isTooOld && answer.ok) answer = tooOld
    if (answer.ok) {
      notes.drop(name)
      if (scope !== 'local') notes.forgive()
    } else if (mayPass(answer.error)) {
      const pause = backoff(note.pause, answer.error)
      notes.keep({ ...note, ticket: answer.ticket ?? ticket, pause, due: now() + pause })
    } else if (former?.refreshToken) {
      // The token has expired; or the key that signed it was taken away, and the session lives on.
      const body = { refresh_token: former.refreshToken }
      const fresh = await askTokens(wire, '/token?grant_type=refresh_token', body, now)
      if (fresh.ok) {
        note.token = fresh.value.accessToken
        note.tokenUntil &&= fresh.value.expiresAt * 1000
        notes.keep(note)
      }
      return send(note)
    } else {
      // Also where an answer that was lost took the cookie away: that may have been a 503 too, whose ticket is lost with it.
      notes.giveUp(note)
    }
    farewell.look()
    return resultOf(scope, answer, notes.isUnsaved(name) ? null : Math.min(tokenUntil, until))
  }

  async function sendAll(which: (note: Note) => boolean = () => true): Promise<void> {
    for (const { name } of notes.all()) {
      // Another may have been at it meanwhile.
      const note = notes.all().find((one) => one.name === name)
      if (!note) continue
      const isOfAnother = note.sessionId && note.sessionId !== session.held?.sessionId
      const isGone = note.cookie === cookie && store.get().status !== 'loading'
      if (isOfAnother ? isGone : hasLostCookie(note)) notes.giveUp(note)
      else if (!isOfAnother && which(note)) await once(note)
    }
    farewell.look()
  }

  /** A tab that signs in first sends what waits for the cookie. It cannot know of what only this page has. */
  const hasLostCookie = (note: Note) =>
    waitsForCookie(note) && notes.isUnsaved(note.name) && rest.look()?.sessionId

  /** Nobody is signed in here, so what is left to do is what waits. Claims no more than that asked for. */
  async function sendWaiting(scope: LogoutScope): Promise<LogoutResult> {
    const waiting = notes.all().filter(({ sessionId }) => !sessionId)
    const results = await Promise.all(waiting.map((note) => once(note)))
    return (
      results.find(({ ok }) => !ok) ??
      results.find((result) => result.scope === scope) ??
      (scope === 'local'
        ? (results[0] ?? resultOf(scope, nothingToEnd))
        : resultOf(scope, signedOut))
    )
  }

  const farewell: Farewell = {
    async logout(scope, because) {
      // Whom another tab has let in or out, and this one has not heard of yet.
      session.catchUp()
      const held = session.held
      const trace = rest.look()
      const staysHere = scope === 'others'
      const isKnown = held || (!staysHere && cookie && (trace ? trace.sessionId : renewal.isDue()))
      if (!isKnown) {
        if (staysHere) return resultOf(scope, signedOut)
        // What had ended before, had another reason.
        if (store.get().status !== 'signed_out') session.end(because)
        return sendWaiting(scope)
      }
      // The end of the others was wished for too, and waits for this session: together that is everywhere.
      const own = (held ?? trace)?.sessionId
      const part = staysHere
        ? []
        : notes.all().filter(({ sessionId }) => sessionId && sessionId === own)
      if (part[0]) scope = 'global'
      const leaving = staysHere ? null : held
      const ofBearer = cookie ? null : leaving
      const note = write({
        scope,
        ...(staysHere && { sessionId: own, cookie }),
        token: ofBearer?.accessToken,
        tokenUntil: ofBearer && scope === 'global' ? ofBearer.expiresAt * 1000 : undefined,
      })
      for (const { name } of part) notes.drop(name)
      const sent = once(note, () => send(note, leaving))
      // Written down before anybody is told of it, so that whoever asks again then finds it.
      if (!staysHere) session.end(because, scope === 'global')
      farewell.look()
      return sent
    },

    flush(event) {
      // Also sets the clock once more, since another tab may be at it.
      farewell.look()
      void turn(
        NOTE,
        () => sendAll(({ due, pause }) => due <= now() || (!!event && pause > 0)),
        true,
      )
    },

    async settle() {
      const waiting = () => notes.all().filter(waitsForCookie)
      // The answer to another page's own request takes the cookie away, and must not come after the sign-in.
      const isElsewhere = ({ name, pause, due }: Note) =>
        !pause && due - now() > FIRST_ATTEMPT - ANSWERED && !underWay.has(name)
      for (let i = 0; i < ANSWERED / 50 && waiting().some(isElsewhere); i++) await pause(50)
      if (waiting()[0]) await turn(NOTE, sendAll)
      return !waiting()[0]
    },

    replace(former) {
      const note = write({ scope: 'local', token: former.accessToken })
      void once(note, () => send(note, former))
    },

    forgive() {
      notes.forgive()
      farewell.look()
    },

    look() {
      const waiting = notes.all()
      const isYoung = ({ pause, due }: Note) => !pause && due - now() > FIRST_ATTEMPT - QUIET
      store.set({
        unconfirmed: !waiting.every(isYoung),
        unsaved: waiting.some(({ name }) => notes.isUnsaved(name)),
        givenUp: notes.givenUp(),
      })
      const next = Math.min(
        ...waiting.map((note) => note.due - (isYoung(note) ? FIRST_ATTEMPT - QUIET : 0)),
      )
      if (waiting[0]) alarms.set(NOTE, Math.max(1000, next - now()), () => farewell.flush())
    },
  }
  return farewell
}
