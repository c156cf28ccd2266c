/** Owns logging out: here first and always, then on the server, and again until it confirms. Never waits for a turn. */

import type { LogoutBody, TokenBody } from '../contract/answers.ts'
import type { Cupboard } from './cupboard.ts'
import type { Parts, Renewal } from './renewal.ts'
import type { Settings } from './settings.ts'
import type { LogoutResult, LogoutScope } from './types.ts'
import type { Held } from './vault.ts'
import { type Answer, failure, mayPass, readTokens } from './wire.ts'

/**
 * A logout that the server has not confirmed: as little as is needed to ask again, and not for ever. With cookies it holds
 * no secret: the cookie stays until the server takes it, and the `ticket` that the server gives when it took the cookie and
 * could not end the session can end it and do nothing else. A bearer's holds the access token: once that has expired it
 * can only end its own session, and so can the note.
 */
interface Note {
  scope: LogoutScope
  token?: string
  /** Epoch ms at which `token` expires. */
  tokenUntil?: number
  ticket?: string | undefined
  /** With `others`, which is sent by the session that stays. */
  sessionId?: string
  /** Epoch ms: not to be sent before, unless something has changed; and thrown away after. */
  due: number
  until: number
  /** 0 while the first attempt is under way. */
  tries: number
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

export const NOTE = 'logout:'

/** Milliseconds. What is not confirmed by then has ended by itself: a session lives so long without being used. */
const LIFE = 7 * 24 * 3600_000
const FIRST_ATTEMPT = 15_000
const LONGEST_PAUSE = 300_000

export const signedOut = failure('no_authorization', 'Nobody is signed in here.', 401)
const tooOld = failure('token_expired', 'Only this session was ended: the token had expired.', 401)

export function createFarewell(
  { cookie, now }: Settings,
  { store, session, wire, turn, vault, alarms }: Parts,
  renewal: Renewal,
  local: Cupboard,
): Farewell {
  const all = (): [name: string, note: Note][] =>
    local.names(NOTE).flatMap((name) => {
      const note = local.get<Note>(name)
      if (note && note.until > now()) return [[name, note]]
      local.remove(name)
      return []
    })

  /** Written down before it is sent, so that it outlives this page; one name a note, so that no tab overwrites another's. */
  function write(part: Pick<Note, 'scope' | 'token' | 'tokenUntil' | 'sessionId'>): [string, Note] {
    const name = NOTE + now() + Math.random()
    const note = { ...part, due: now() + FIRST_ATTEMPT, until: now() + LIFE, tries: 0 }
    local.set(name, note)
    return [name, note]
  }

  /** Asks once, and keeps the note while it is worth it. */
  async function send(name: string, note: Note, token = note.token): Promise<LogoutResult> {
    const { scope, ticket, until, tokenUntil = until } = note
    const ask = (reach: LogoutScope) =>
      wire<LogoutBody>('POST', `/logout?scope=${reach}`, {
        token,
        body: ticket && { ticket },
        // What holds a token of its own is sent without the cookie, which may be another session's by now.
        own: !note.token,
        keepalive: true,
      })
    let answer: Answer<LogoutBody> =
      scope !== 'local' && now() >= tokenUntil ? tooOld : await ask(scope)
    // An expired token still ends its own session. The server's clock may differ from this one's.
    if (note.token && !answer.ok && answer.error.code === tooOld.error.code) {
      const own = await ask('local')
      if (!own.ok && mayPass(own.error)) answer = own
    }
    const error = answer.ok ? null : answer.error
    const isQueued = error !== null && mayPass(error)
    if (isQueued) {
      const tries = note.tries + 1
      const wait = Math.min(1000 * 2 ** tries, LONGEST_PAUSE) * (1 + Math.random() / 2)
      const due = now() + Math.max(wait, (error.retryAfter ?? 0) * 1000)
      local.set(name, { ...note, ticket: answer.ticket ?? ticket, tries, due })
    } else local.remove(name)
    farewell.look()
    return {
      ok: answer.ok,
      server: answer.ok ? 'confirmed' : isQueued ? 'queued' : 'refused',
      scope,
      sessionsEnded: answer.ok ? answer.value.sessions_ended : null,
      until: isQueued ? (scope === 'local' ? until : Math.min(tokenUntil, until)) : null,
      error,
    }
  }

  async function sendAll(which: (note: Note) => boolean): Promise<void> {
    for (const [name, note] of all()) {
      const { sessionId } = note
      if (sessionId && renewal.isDue(0)) await renewal.renew()
      const held = session.held()
      if (sessionId && held?.sessionId !== sessionId) {
        if (store.get().status !== 'loading') local.remove(name)
      } else if (which(note)) await send(name, note, sessionId ? held?.accessToken : note.token)
    }
    farewell.look()
  }

  const farewell: Farewell = {
    async logout(scope, because) {
      if (scope === 'others' && renewal.isDue(0)) await renewal.renew()
      const held = session.held()
      // The end of the others was wished for too, and waits for this session: together that is everywhere.
      if (scope === 'local' && all().some(([, { sessionId }]) => sessionId)) scope = 'global'
      const staysHere = scope === 'others'
      const mark = vault.mark()
      const isKnown = held || (!staysHere && cookie && (mark ? mark.sessionId : renewal.isDue()))
      if (!staysHere) session.end(because, scope === 'global')
      if (!isKnown) {
        const [server, sessionsEnded] = staysHere
          ? (['refused', null] as const)
          : (['confirmed', 0] as const)
        const error = staysHere ? signedOut.error : null
        return { ok: !staysHere, server, scope, sessionsEnded, until: null, error }
      }
      const tokenUntil = held ? held.expiresAt * 1000 : 0
      const isFresh = now() < tokenUntil
      let [name, note] = write({
        scope,
        ...(held &&
          (staysHere
            ? { sessionId: held.sessionId }
            : !cookie && { token: held.accessToken, tokenUntil })),
      })
      if (note.token && scope === 'global' && !isFresh) {
        const answer = await wire<TokenBody>('POST', '/token?grant_type=refresh_token', {
          body: { refresh_token: held?.refreshToken },
        })
        const fresh = answer.ok && readTokens(answer.value, now())
        if (fresh) note = { ...note, token: fresh.accessToken, tokenUntil: fresh.expiresAt * 1000 }
      }
      return send(name, note, note.token ?? (isFresh ? held?.accessToken : undefined))
    },

    flush(event) {
      const isDue = ({ due, tries }: Note) => due <= now() || (!!event && tries > 0)
      farewell.look()
      if (all().length > 0) void turn(NOTE, () => sendAll(isDue), true)
    },

    async settle() {
      const isOfCookie = ({ token, ticket, sessionId }: Note) =>
        cookie && !token && !ticket && !sessionId
      const waits = () => all().some(([, note]) => isOfCookie(note))
      if (waits()) await turn(NOTE, () => sendAll(isOfCookie))
      return !waits()
    },

    replace({ accessToken: token, expiresAt }) {
      void send(...write({ scope: 'local', token, tokenUntil: expiresAt * 1000 }))
    },

    look() {
      const notes = all().map(([, note]) => note)
      store.set({ unconfirmed: notes.some(({ tries }) => tries > 0) })
      const next = Math.min(...notes.map(({ due }) => due))
      if (notes.length > 0) alarms.set(NOTE, Math.max(1000, next - now()), () => farewell.flush())
    },
  }
  return farewell
}
