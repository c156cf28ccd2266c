/** Owns the putting together of the client, and when it looks around: on opening, waking and coming back online. */

import type { CookieTokenBody, SessionBody, TokenBody, UserBody } from '../contract/answers.ts'
import { createAlarms } from './alarms.ts'
import { createFetch } from './ask.ts'
import { openCupboard } from './cupboard.ts'
import { createFarewell, NOTE, signedOut } from './farewell.ts'
import { ACTIVE, createIdle, SIGNS } from './idle.ts'
import type { Page } from './page.ts'
import { createRenewal, REFRESH } from './renewal.ts'
import { createSession } from './session.ts'
import { readSettings } from './settings.ts'
import { createStore } from './store.ts'
import { createTabs } from './tabs.ts'
import { createTurns } from './turns.ts'
import type { AuthClient, AuthClientOptions, AuthResult, AuthState } from './types.ts'
import { createVault, MARK } from './vault.ts'
import { type Answer, type Asked, createWire, failure, readTokens } from './wire.ts'

/** Milliseconds for which an answer of the service is news enough when the page is looked at again. */
const NEWS = 5_000

/** Null for `page` on a server. */
export function openClient(options: AuthClientOptions, page: Page | null): AuthClient {
  const settings = readSettings(options, page)
  const { now, cookie, prefix } = settings
  const store = createStore()
  const alarms = createAlarms()
  const local = openCupboard(page?.local, prefix)
  const vault = createVault(settings, page, local)
  const tabs = createTabs(page, prefix)
  const session = createSession(store, vault, tabs)
  const wire = createWire(settings)
  const turn = createTurns(page, prefix)
  const parts = { store, vault, tabs, session, wire, turn, alarms }
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

  let open: AbortController | null = null
  let isDisposed = false
  let heardAt = 0

  async function start(): Promise<void> {
    if (open || isDisposed || !page) return
    open = new AbortController()
    const { signal } = open
    const listen = (
      types: string[],
      hear: (event: { type?: string; key?: string | null }) => void,
    ) => {
      for (const type of types)
        page.window.addEventListener(type, hear, { signal, passive: true, capture: true })
    }
    alarms.start()
    tabs.open(session.hear)
    listen(['storage'], hearStorage)
    listen(['online', 'pageshow', 'visibilitychange'], wake)
    if (settings.idle) listen(SIGNS, idle.act)
    signal.addEventListener(
      'abort',
      store.subscribe(() => idle.check()),
    )

    const mark = vault.mark()
    const stored = session.restore()
    const isThere = stored || (cookie && mark?.sessionId !== null)
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
    const isNews = now() - heardAt <= NEWS
    idle.check()
    renewal.plan()
    farewell.flush(true)
    if ((onlyCookie || renewal.isDue()) && (type || !isNews)) void renewal.renew()
    else if (session.held() && !isNews) void recheck()
  }

  async function recheck(): Promise<void> {
    heardAt = now()
    keepUser(await ask<UserBody>('GET', '/user'))
  }

  function keepUser(answer: Answer<UserBody>): void {
    const held = session.held()
    const user = answer.ok && answer.value
    if (user && held?.user.id === user.id && JSON.stringify(user) !== JSON.stringify(held.user))
      session.keep({ ...held, user })
  }

  function hearStorage({ key }: { key?: string | null }): void {
    if (key === prefix + ACTIVE) idle.check()
    if (key?.startsWith(prefix + NOTE)) farewell.look()
    if (key === prefix + MARK && session.catchUp() && cookie && !tabs.canTalk())
      void renewal.renew()
  }

  function ready(): Promise<AuthState> {
    isDisposed = false
    void start()
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
    return session.held() ? wire<Value>(method, path, { body, send }) : signedOut
  }

  const asNull = async (asked: Promise<AuthResult<unknown>>): Promise<AuthResult<null>> => {
    const answer = await asked
    return answer.ok ? { ok: true, value: null } : answer
  }

  /** A sign-up or sign-in, in the turn of renewals: none of the session before may come in between. */
  async function enter(path: Asked, body: object): Promise<AuthResult<UserBody>> {
    void start()
    const unreached = failure('network', 'The service could not be reached.', 0)
    if (!(await farewell.settle())) return unreached
    const answer = await turn(REFRESH, () =>
      wire<TokenBody | CookieTokenBody>('POST', path, { body, own: true }).then((answer) => {
        const held = answer.ok && readTokens(answer.value, now())
        if (!held) return answer.ok ? unreached : answer
        const former = session.held()
        heardAt = now()
        idle.touch()
        session.keep(held)
        renewal.plan()
        if (former) farewell.replace(former)
        return { ok: true, value: held.user } as const
      }),
    )
    return answer ?? unreached
  }

  return {
    getState: store.get,
    subscribe(listener) {
      isDisposed = false
      void start()
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
    async endSession(id) {
      if (id !== session.held()?.sessionId)
        return asNull(ask('DELETE', `/sessions/${encodeURIComponent(id)}`))
      const { error } = await farewell.logout('local', 'logout')
      return error ? { ok: false, error } : { ok: true, value: null }
    },
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
      isDisposed = true
      open?.abort()
      open = null
      tabs.close()
      alarms.stop()
    },
  }
}
