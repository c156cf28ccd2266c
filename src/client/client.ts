/** Owns the putting together of the client, and when it looks around: on opening, waking and coming back online. */

import type { SessionBody, UserBody } from '../contract/answers.ts'
import { createAlarms } from './alarms.ts'
import { createFetch } from './ask.ts'
import { openCupboard } from './cupboard.ts'
import { createFarewell, NOTE, signedOut } from './farewell.ts'
import { ACTIVE, createIdle, SIGNS } from './idle.ts'
import type { Page } from './page.ts'
import { createRenewal, REFRESH } from './renewal.ts'
import { openRest, TRACE } from './rest.ts'
import { createSession } from './session.ts'
import { readSettings } from './settings.ts'
import { createStore } from './store.ts'
import { createTurns } from './turns.ts'
import type { AuthClient, AuthClientOptions, AuthError, AuthResult, AuthState } from './types.ts'
import { type Answer, type Asked, askTokens, createWire, unreached } from './wire.ts'

/** Milliseconds for which an answer of the service is news enough when the page is looked at again. */
const NEWS = 5_000

/** Null for `page` on a server. */
export function openClient(options: AuthClientOptions, page: Page | null): AuthClient {
  const settings = readSettings(options, page)
  const { now, cookie, prefix } = settings
  const store = createStore()
  const alarms = createAlarms()
  const local = openCupboard(() => page?.localStorage, prefix)
  const rest = openRest(settings, page, local)
  const session = createSession(store, rest, page, prefix)
  const wire = createWire(settings)
  const turn = createTurns(page, prefix)
  const parts = { store, rest, session, wire, turn, alarms }
  const renewal = createRenewal(settings, parts)
  const farewell = createFarewell(settings, parts, renewal, local)
  const idle = createIdle(
    settings,
    store,
    local,
    alarms,
    () => void farewell.logout('local', 'idle'),
  )
  const send = createFetch(settings, session, renewal, ready)
  store.subscribe(idle.check)

  /** Null once disposed. */
  let open: AbortController | null | undefined
  let heardAt = 0

  async function start(again = open !== null): Promise<void> {
    if (open || !again || !page) return
    open = new AbortController()
    const { signal } = open
    const listen = (
      types: string[],
      hear: (event: { type?: string; key?: string | null }) => void,
    ) => {
      for (const type of types)
        page.addEventListener(type, hear, { signal, passive: true, capture: true })
    }
    alarms.start()
    session.open()
    listen(['storage'], hearStorage)
    listen(['online', 'pageshow', 'visibilitychange'], wake)
    if (settings.idle) listen(SIGNS, idle.act)
    const trace = rest.look()
    const stored = session.restore()
    const isThere = stored || (cookie && (!trace || trace.sessionId))
    if (isThere && idle.isOver()) void farewell.logout('local', 'idle')
    else if (!isThere) session.end(null)
    else {
      if (!stored || renewal.isDue(0)) {
        heardAt = now()
        await renewal.renew()
      }
      session.show()
    }
    farewell.look()
    wake({})
  }

  /** What may have been missed: another tab's doing, the time, another device's doing. */
  function wake({ type }: { type?: string }): void {
    if (!open || (type === 'visibilitychange' && page?.document.visibilityState === 'hidden'))
      return
    const onlyCookie = session.catchUp() && cookie
    idle.check()
    renewal.plan()
    farewell.flush(true)
    if (type !== 'online' && now() - heardAt <= NEWS) return
    heardAt = now()
    if (onlyCookie || renewal.isDue()) void renewal.renew()
    else if (session.held) void ask<UserBody>('GET', '/user').then(keepUser)
  }

  function keepUser(answer: Answer<UserBody>): void {
    const held = session.held
    const user = answer.ok && answer.value
    if (user && held?.user.id === user.id && JSON.stringify(user) !== JSON.stringify(held.user))
      session.keep({ ...held, user })
  }

  function hearStorage({ key }: { key?: string | null }): void {
    if (key === prefix + ACTIVE) idle.check()
    if (key?.startsWith(prefix + NOTE)) farewell.look()
    if (key === prefix + TRACE && session.catchUp() && cookie && !session.canHear())
      void renewal.renew()
  }

  function ready(): Promise<AuthState> {
    void start(true)
    return new Promise((resolve) => {
      const look = () => {
        if (page && store.get().status === 'loading') return
        unsubscribe()
        resolve(store.get())
      }
      const unsubscribe = store.subscribe(look)
      look()
    })
  }

  /** In the name of whoever is signed in. */
  async function ask<Value>(method: string, path: Asked, body?: unknown): Promise<Answer<Value>> {
    await ready()
    return session.held ? wire<Value>(method, path, { body, send }) : signedOut
  }

  const asNull = async (
    asked: Promise<{ ok: boolean; error?: AuthError | null }>,
  ): Promise<AuthResult<null>> => {
    const { error } = await asked
    return error ? { ok: false, error } : { ok: true, value: null }
  }

  /** A sign-up or sign-in, in the turn of renewals: none of the session before may come in between. */
  async function enter(path: Asked, body: object): Promise<AuthResult<UserBody>> {
    void start()
    if (!(await farewell.settle())) return unreached
    const answer = await turn(REFRESH, async () => {
      const entered = await askTokens(wire, path, body, now)
      const former = session.held
      if (!entered.ok) return entered
      heardAt = now()
      idle.touch()
      session.keep(entered.value)
      renewal.plan()
      if (former) farewell.replace(former)
      return entered
    })
    return answer.ok ? { ok: true, value: answer.value.user } : answer
  }

  return {
    getState: store.get,
    subscribe(listener) {
      void start(true)
      return store.subscribe(listener)
    },
    ready,
    signUp: (input) => enter('/signup', input),
    signIn: (input) => enter('/token?grant_type=password', input),
    async logout({ scope = 'local' } = {}) {
      if (!/^(local|others|global)$/.test(scope))
        throw new TypeError("scope: 'local', 'others' or 'global'.")
      void start()
      return farewell.logout(scope, 'logout')
    },
    async listSessions() {
      const answer = await ask<{ sessions: SessionBody[] }>('GET', '/sessions')
      return answer.ok ? { ok: true, value: answer.value.sessions } : answer
    },
    endSession: (id) =>
      asNull(
        id === session.held?.sessionId
          ? farewell.logout('local', 'logout')
          : ask('DELETE', `/sessions/${encodeURIComponent(id)}`),
      ),
    reauthenticate: (password) => asNull(ask('POST', '/reauthenticate', { password })),
    async updateUser(changes) {
      const answer = await ask<UserBody>('PUT', '/user', changes)
      if (answer.ok && changes.logout === 'global' && (changes.password || changes.email))
        session.end('logout', true)
      else keepUser(answer)
      return answer
    },
    async refresh() {
      await ready()
      await renewal.renew()
      return store.get()
    },
    fetch: send,
    clearTokens: () => session.end('logout'),
    stay: idle.touch,
    dispose() {
      open?.abort()
      open = null
      session.close()
      alarms.stop()
    },
  }
}
