/** Owns logging out: here first and always, then on the server, and again until it confirms. Never waits for a turn. */

import type { LogoutBody } from '../contract/answers.ts'
import { type Alarms, backoff } from './alarms.ts'
import type { Cupboard } from './cupboard.ts'
import type { Renewal } from './renewal.ts'
import type { Held, Rest } from './rest.ts'
import type { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { Turns } from './turns.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'
import { type Answer, askTokens, failure, mayPass, type Wire } from './wire.ts'

/**
 * A logout that the server has not confirmed: as little as is needed to ask again, and not for ever. With cookies it holds
 * no secret: the cookie stays until the server takes it, and the `ticket` that the server gives when it took the cookie and
 * could not end the session can end it and do nothing else. A bearer's holds the access token: once that has expired it
 * can only end its own session, and so can the note.
 */
interface Note {
  name: string
  scope: LogoutScope
  token?: string | undefined
  /** With `global`: epoch ms at which `token` expires. */
  tokenUntil?: number | undefined
  ticket?: string | undefined
  /** With `others`, which is sent by the session that stays. */
  sessionId?: string | undefined
  /** Epoch ms: not to be sent before, unless something has changed; and thrown away after. */
  due: number
  until: number
  /** Milliseconds between the last attempt and `due`; 0 while the first attempt is under way. */
  pause: number
}

export interface Farewell {
  logout(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends again what waits. `event`: something has changed, so it may go before its time. */
  flush(event?: boolean): void
  /** Sends what waits for the cookie, before somebody signs in and has another; false when it could not. */
  settle(): Promise<boolean>
  /** Ends a session that another one has replaced in this browser. */
  replace(former: Held): void
  /** Looks whether anything waits, and sets the clock. */
  look(): void
}

const NOTE = 'logout:'

/** Milliseconds. What is not confirmed by then has ended by itself: a session lives so long without being used. */
const LIFE = 7 * 24 * 3600_000
const FIRST_ATTEMPT = 15_000

export const signedOut = failure('no_authorization', 'Nobody is signed in here.', 401)
const tooOld = failure('token_expired', 'Only this session was ended.', 401)

type Ended = Pick<LogoutBody, 'sessions_ended'>
const nothingToEnd = { ok: true, value: { sessions_ended: 0 } } as const

function resultOf(
  scope: LogoutScope,
  { ok, value, error = null }: { ok: boolean; value?: Ended; error?: AuthError | null },
  until: number,
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

export function createFarewell(
  { cookie, now }: Settings,
  store: Store,
  alarms: Alarms,
  wire: Wire,
  turn: Turns,
  rest: Rest,
  session: Session,
  renewal: Renewal,
  local: Cupboard,
): Farewell {
  const all = (): Note[] =>
    local.names(NOTE).flatMap((name) => {
      const note = local.get<Note>(name)
      if (note && note.until > now()) return [note]
      local.remove(name)
      return []
    })

  /** Written down before it is sent, so that it outlives this page; one name a note, so that no tab overwrites another's. */
  function write(part: Pick<Note, 'scope' | 'token' | 'tokenUntil' | 'sessionId'>): Note {
    const name = NOTE + now() + Math.random()
    const note = { ...part, name, due: now() + FIRST_ATTEMPT, until: now() + LIFE, pause: 0 }
    local.set(name, note)
    return note
  }

  /** Asks once, and keeps the note while it is worth it. */
  async function send(note: Note, token = note.token): Promise<LogoutResult> {
    const { name, scope, ticket, sessionId, until, tokenUntil = until } = note
    if (sessionId) {
      if (renewal.isDue(0)) await renewal.renew()
      token = session.held?.accessToken
    }
    // An expired token still ends its own session, and no more: that is not what was asked for.
    const isTooOld = now() >= tokenUntil
    const reach = isTooOld ? 'local' : scope
    let answer: Answer<LogoutBody> = await wire('POST', `/logout?scope=${reach}`, {
      token,
      body: ticket && { ticket },
      // What holds a token of its own is sent without the cookie, which may be another session's by now.
      own: !note.token,
      keepalive: true,
    })
    if (isTooOld && answer.ok) answer = tooOld
    if (!answer.ok && mayPass(answer.error)) {
      const pause = backoff(note.pause, answer.error)
      local.set(name, { ...note, ticket: answer.ticket ?? ticket, pause, due: now() + pause })
    } else local.remove(name)
    farewell.look()
    return resultOf(scope, answer, Math.min(tokenUntil, until))
  }

  async function sendAll(which: (note: Note) => boolean): Promise<void> {
    for (const note of all()) {
      const isOfAnother = note.sessionId && note.sessionId !== session.held?.sessionId
      if (!isOfAnother) {
        if (which(note)) await send(note)
      } else if (store.get().status !== 'loading') local.remove(note.name)
    }
    farewell.look()
  }

  const farewell: Farewell = {
    async logout(scope, because) {
      const held = session.held
      // The end of the others was wished for too, and waits for this session: together that is everywhere.
      if (scope === 'local' && all().some(({ sessionId }) => sessionId)) scope = 'global'
      const staysHere = scope === 'others'
      const trace = rest.look()
      const isKnown = held || (!staysHere && cookie && (trace ? trace.sessionId : renewal.isDue()))
      if (!staysHere) session.end(because, scope === 'global')
      if (!isKnown) return resultOf(scope, staysHere ? signedOut : nothingToEnd, 0)
      const ofBearer = cookie || staysHere ? null : held
      let note = write({
        scope,
        sessionId: staysHere ? held?.sessionId : undefined,
        token: ofBearer?.accessToken,
        tokenUntil: ofBearer && scope === 'global' ? ofBearer.expiresAt * 1000 : undefined,
      })
      let token = held?.accessToken
      if (ofBearer && now() >= (note.tokenUntil ?? note.until)) {
        const body = { refresh_token: ofBearer.refreshToken }
        const fresh = await askTokens(wire, '/token?grant_type=refresh_token', body, now)
        if (fresh.ok) {
          token = fresh.value.accessToken
          note = { ...note, token, tokenUntil: fresh.value.expiresAt * 1000 }
        }
      }
      return send(note, token)
    },

    flush(event) {
      void turn(
        NOTE,
        () => sendAll(({ due, pause }) => due <= now() || (!!event && pause > 0)),
        true,
      )
    },

    async settle() {
      const waits = () =>
        all().some(({ token, ticket, sessionId }) => !token && !ticket && !sessionId)
      if (waits()) await turn(NOTE, () => sendAll(() => true))
      return !waits()
    },

    replace({ accessToken: token }) {
      void send(write({ scope: 'local', token }))
    },

    look() {
      const notes = all()
      store.set({ unconfirmed: notes.some(({ pause }) => pause > 0) })
      const next = Math.min(...notes.map(({ due }) => due))
      if (notes.length > 0) alarms.set(NOTE, Math.max(1000, next - now()), () => farewell.flush())
    },
  }
  return farewell
}
