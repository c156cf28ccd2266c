/** Owns logging out: here first and always, then on the server, and again until it confirms. Never waits for a turn. */

import type { LogoutBody, TokenBody } from '../contract/answers.ts'
import { paths } from '../contract/paths.ts'
import type { Note, Notes } from './notes.ts'
import type { Parts, Renewal } from './renewal.ts'
import type { Settings } from './settings.ts'
import type { AuthError, LogoutResult, LogoutScope } from './types.ts'
import type { Held } from './vault.ts'
import { type Answer, failure, mayPass, readTokens } from './wire.ts'

export interface Farewell {
  logout(scope: LogoutScope, because: 'logout' | 'idle'): Promise<LogoutResult>
  /** Sends again what waits. `event`: something has changed, so it may go before its time. */
  flush(event?: boolean): Promise<void>
  /** Before somebody signs in: a logout that waits for the cookie must not meet the next session's. */
  settle(): Promise<AuthError | null>
  /** Ends a session that another one has replaced in this browser. */
  replace(former: Held): void
  /** Looks whether anything waits, and sets the clock once started. */
  look(): void
  start(): void
  stop(): void
}

/** Milliseconds. */
const FIRST_ATTEMPT = 15_000
const LONGEST_PAUSE = 5 * 60_000
const TURN = 'logouts'

export function createFarewell(
  { cookie, now }: Settings,
  {
    store,
    session,
    wire,
    turns,
    vault,
    notes,
    renewal,
  }: Parts & { notes: Notes; renewal: Renewal },
): Farewell {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isRunning = false

  const isWide = (scope: LogoutScope) => scope !== 'local'
  const hasExpired = ({ tokenUntil = Number.POSITIVE_INFINITY }: Note) => now() >= tokenUntil

  const send = (note: Note, scope: LogoutScope, token = note.token) =>
    wire<LogoutBody>('POST', `${paths.logout}?scope=${scope}`, {
      token,
      body: note.ticket && { ticket: note.ticket },
      // What holds a token of its own is sent without the cookie, which may be another session's by now.
      own: cookie && (!note.token || !!note.ticket),
      keepalive: true,
    })

  /** What a note can still ask for: with an expired token the end of its own session, as the server has it. */
  async function deliver(note: Note, token?: string): Promise<Answer<LogoutBody>> {
    let answer: Answer<LogoutBody> = tooOld
    const mayReachFar = !isWide(note.scope) || !hasExpired(note)
    if (mayReachFar) answer = await send(note, note.scope, token)
    // The server's clock may differ from this one's.
    const isTooOld = !answer.ok && answer.error.code === tooOld.error.code
    if (!isTooOld || !note.token) return answer
    const own = await send(note, 'local')
    return own.ok || !mayPass(own.error) ? answer : own
  }

  /** Keeps the note while it is worth it. */
  function file(name: string, answer: Answer<LogoutBody>): LogoutResult['server'] {
    const note = notes.get(name)
    const isQueued = !answer.ok && mayPass(answer.error)
    if (!isQueued || !note) notes.remove(name)
    else {
      const tries = note.tries + 1
      const wait = Math.min(1000 * 2 ** tries, LONGEST_PAUSE) * (1 + Math.random() / 2)
      const due = now() + Math.max(wait, (answer.error.retryAfter ?? 0) * 1000)
      const { ticket } = answer
      notes.put(name, { ...note, tries, due, ...(ticket ? { ticket } : {}) })
    }
    farewell.look()
    return answer.ok ? 'confirmed' : isQueued ? 'queued' : 'refused'
  }

  /** With which token a note goes; null: not now; undefined: it holds what it needs. */
  async function tokenFor({ scope, sessionId }: Note): Promise<string | null | undefined> {
    if (scope !== 'others' || !sessionId) return undefined
    if (renewal.isDue(0)) await renewal.renew()
    return session.held()?.accessToken ?? null
  }

  async function sendAll(event: boolean): Promise<void> {
    for (const [name, note] of notes.all()) {
      const isGone =
        note.sessionId &&
        store.get().status !== 'loading' &&
        note.sessionId !== session.held()?.sessionId
      if (isGone) notes.remove(name)
      else if (note.due <= now() || (event && note.tries > 0)) {
        const token = await tokenFor(note)
        if (token !== null) file(name, await deliver(note, token))
      }
    }
  }

  const resultOf = (
    answer: Answer<LogoutBody>,
    server: LogoutResult['server'],
    { scope, tokenUntil, until }: Note,
  ): LogoutResult => ({
    ok: answer.ok,
    server,
    scope,
    sessionsEnded: answer.ok ? answer.value.sessions_ended : null,
    until:
      server === 'queued'
        ? isWide(scope) && tokenUntil
          ? Math.min(tokenUntil, until)
          : until
        : null,
    error: answer.ok ? null : answer.error,
  })

  /** An access token that has expired cannot end more than its own session; the refresh token can fetch another. */
  async function withFreshToken(note: Note, { refreshToken }: Held): Promise<Note> {
    const answer = await wire<TokenBody>('POST', `${paths.token}?grant_type=refresh_token`, {
      body: { refresh_token: refreshToken },
    })
    const fresh = answer.ok && readTokens(answer.value, now())
    if (!fresh) return note
    return { ...note, token: fresh.accessToken, tokenUntil: fresh.expiresAt * 1000 }
  }

  const farewell: Farewell = {
    async logout(scope, because) {
      if (scope === 'others' && renewal.isDue(0)) await renewal.renew()
      const held = session.held()
      const others = notes.all().filter(([, note]) => held && note.sessionId === held.sessionId)
      if (scope === 'local' && others.length > 0) {
        // The end of the others was wished for too, and waits for this session: together that is everywhere.
        scope = 'global'
        for (const [name] of others) notes.remove(name)
      }
      const mayHaveCookie = cookie && (vault.mark()?.sessionId ?? store.get().status === 'loading')
      if (scope !== 'others') session.end(because, scope === 'global')
      if (!held && (scope === 'others' || !mayHaveCookie)) return nobody(scope)

      const tokenUntil = held ? held.expiresAt * 1000 : 0
      const isFresh = now() < tokenUntil
      // Written down before it is sent, so that it outlives this page.
      const name = notes.add({
        scope,
        due: now() + FIRST_ATTEMPT,
        ...(scope === 'others' && held ? { sessionId: held.sessionId } : {}),
        ...(scope !== 'others' && held && !cookie ? { token: held.accessToken, tokenUntil } : {}),
      })
      farewell.look()
      let note = notes.get(name) as Note
      if (note.token && held && isWide(scope) && !isFresh) {
        note = await withFreshToken(note, held)
        notes.put(name, note)
      }
      const answer = await deliver(note, isFresh ? held?.accessToken : note.token)
      return resultOf(answer, file(name, answer), note)
    },

    async flush(event = false) {
      if (notes.all().length > 0) await turns.takeIfFree(TURN, () => sendAll(event))
      farewell.look()
    },

    async settle() {
      const waiting = () =>
        notes.all().some(([, note]) => !note.token && !note.ticket && !note.sessionId)
      if (!cookie || !waiting()) return null
      await turns.take(TURN, async () => {
        for (const [name, note] of notes.all())
          if (!note.token && !note.sessionId) file(name, await deliver(note))
      })
      return waiting()
        ? failure('network', 'The logout before this could not be sent yet.', 0).error
        : null
    },

    replace(former) {
      const name = notes.add({
        scope: 'local',
        due: now() + FIRST_ATTEMPT,
        token: former.accessToken,
        tokenUntil: former.expiresAt * 1000,
      })
      void deliver(notes.get(name) as Note).then((answer) => file(name, answer))
    },

    look() {
      clearTimeout(timer)
      const all = notes.all()
      store.set({ unconfirmed: all.some(([, { tries }]) => tries > 0) })
      if (all.length === 0 || !isRunning) return
      const next = Math.min(...all.map(([, { due }]) => due))
      timer = setTimeout(() => void farewell.flush(), Math.max(1000, next - now()))
    },
    start() {
      isRunning = true
      farewell.look()
    },
    stop() {
      isRunning = false
      clearTimeout(timer)
    },
  }
  return farewell
}

/** There is nothing to end, or with `others` nobody who may ask for it. */
function nobody(scope: LogoutScope): LogoutResult {
  const mayNot = scope === 'others'
  return {
    ok: !mayNot,
    server: mayNot ? 'refused' : 'confirmed',
    scope,
    sessionsEnded: mayNot ? null : 0,
    until: null,
    error: mayNot ? signedOut.error : null,
  }
}

const tooOld = failure(
  'token_expired',
  'The access token had expired, so only this session was ended.',
  401,
)

export const signedOut = failure('no_authorization', 'Nobody is signed in here.', 401)
