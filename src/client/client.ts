/** Owns the putting together of the client, and when it looks around: on opening, waking and coming back online. */

import type {
  CookieTokenBody,
  LogoutBody,
  SessionBody,
  TokenBody,
  UserBody,
} from '../contract/answers.ts'
import { paths } from '../contract/paths.ts'
import { createAsking } from './ask.ts'
import { openCupboard } from './cupboard.ts'
import { createFarewell } from './farewell.ts'
import { ACTIVE, createIdle } from './idle.ts'
import { createTurns } from './lock.ts'
import { createNotes, NOTE } from './notes.ts'
import type { Page } from './page.ts'
import { createRenewal, REFRESH_TURN } from './renewal.ts'
import { createSession } from './session.ts'
import { readSettings } from './settings.ts'
import { createStore } from './store.ts'
import { createTabs } from './tabs.ts'
import type { AuthClient, AuthClientOptions, AuthResult, AuthState, LogoutScope } from './types.ts'
import { createVault, MARK } from './vault.ts'
import { createWire, failure, readTokens } from './wire.ts'

/** Milliseconds for which an answer of the service is news enough when the page is looked at again. */
const NEWS = 5_000
const SCOPES: readonly LogoutScope[] = ['local', 'others', 'global']

/** Null for `page` on a server. */
export function openClient(options: AuthClientOptions, page: Page | null): AuthClient {
  const settings = readSettings(options, page)
  const { now, cookie } = settings
  const store = createStore()
  const local = openCupboard(page?.local ?? null, settings.name)
  const vault = createVault(settings, page, local)
  const tabs = createTabs(page, settings.name)
  const session = createSession(store, vault, tabs)
  const wire = createWire(settings)
  const turns = createTurns(settings, page, local)
  const notes = createNotes(local, now)
  const parts = { store, vault, session, wire, turns, notes }
  const renewal = createRenewal(settings, parts)
  const farewell = createFarewell(settings, { ...parts, renewal })
  const idle = createIdle(settings, store, local, () => void farewell.logout('local', 'idle'))
  const { ask, fetch } = createAsking(settings, { session, wire, renewal }, () => ready())

  let open: AbortController | null = null
  let isDisposed = false

  function start(): void {
    if (open || isDisposed || !page) return
    open = new AbortController()
    const { signal } = open
    tabs.open(session.hear)
    page.window.addEventListener('storage', hearStorage, { signal })
    page.window.addEventListener('online', () => wake(true), { signal })
    page.window.addEventListener('pageshow', () => wake(), { signal })
    page.document.addEventListener('visibilitychange', () => wake(), { signal })
    const unsubscribe = store.subscribe(whenStatusChanges(store.get().status))
    signal.addEventListener('abort', unsubscribe)
    void begin()
  }

  async function begin(): Promise<void> {
    const mark = vault.mark()
    const stored = session.held() ?? session.restore()
    if (idle.isOver() && (stored || mark?.sessionId)) void farewell.logout('local', 'idle')
    else if (stored && !renewal.isDue(0)) session.show()
    else if (!stored && !(cookie && mark?.sessionId !== null)) session.leave(null)
    else {
      await renewal.renew()
      session.show()
      renewal.heard()
    }
    if (!open || !page) return
    idle.open(page, open.signal)
    farewell.start()
    renewal.plan()
    // Unless that was just done.
    if (now() - renewal.heardAt() > NEWS) wake(true)
    else void farewell.flush(true)
  }

  /** What may have been missed: another tab's doing, the time, another device's doing. */
  function wake(event = false): void {
    if (page?.document.visibilityState === 'hidden' && !event) return
    const onlyCookie = session.catchUp() && cookie
    idle.check()
    renewal.plan()
    if (onlyCookie || renewal.isDue()) void renewal.renew()
    else if (session.held() && now() - renewal.heardAt() > NEWS) void recheck()
    void farewell.flush(true)
  }

  async function recheck(): Promise<void> {
    renewal.heard()
    const answer = await ask<UserBody>('GET', paths.user)
    const held = session.held()
    if (
      answer.ok &&
      held?.user.id === answer.value.id &&
      held.user.updated_at !== answer.value.updated_at
    )
      session.keep({ ...held, user: answer.value })
  }

  function hearStorage({ key }: { key?: string | null }): void {
    const name = key?.startsWith(settings.name) ? key.slice(settings.name.length) : ''
    if (name === ACTIVE) idle.check()
    if (name.startsWith(NOTE)) farewell.look()
    if (name === MARK && session.catchUp() && cookie && !tabs.canTalk()) void renewal.renew()
  }

  const whenStatusChanges = (before: AuthState['status']) => () => {
    const { status } = store.get()
    if (status === before) return
    before = status
    idle.check()
    renewal.plan()
  }

  function ready(): Promise<AuthState> {
    isDisposed = false
    start()
    return new Promise((resolve) => {
      let unsubscribe = () => {}
      const look = () => {
        if (page && store.get().status === 'loading') return
        unsubscribe()
        resolve(store.get())
      }
      unsubscribe = store.subscribe(look)
      look()
    })
  }

  /** A sign-up or sign-in, in the turn of renewals: none of the session before may come in between. */
  async function signIn(path: string, body: object): Promise<AuthResult<UserBody>> {
    start()
    const waiting = await farewell.settle()
    if (waiting) return { ok: false, error: waiting }
    return turns.take(REFRESH_TURN, async () => {
      const answer = await wire<TokenBody | CookieTokenBody>('POST', path, { body, own: true })
      if (!answer.ok) return answer
      const held = readTokens(answer.value, now())
      if (!held) return failure('unexpected_answer', 'The service gave an answer that is none.', 0)
      const former = session.held()
      renewal.heard()
      idle.touch()
      session.keep(held)
      if (former) farewell.replace(former)
      return { ok: true, value: held.user }
    })
  }

  return {
    getState: store.get,
    subscribe(listener) {
      isDisposed = false
      start()
      return store.subscribe(listener)
    },
    ready,
    signUp: (input) => signIn(paths.signUp, input),
    signIn: ({ email, password }) =>
      signIn(`${paths.token}?grant_type=password`, { email, password }),
    async logout({ scope = 'local' } = {}) {
      if (!SCOPES.includes(scope))
        throw new TypeError(`scope: must be one of ${SCOPES.join(', ')}.`)
      start()
      return farewell.logout(scope, 'logout')
    },
    async listSessions() {
      const answer = await ask<{ sessions: SessionBody[] }>('GET', paths.sessions)
      return answer.ok ? { ok: true, value: answer.value.sessions } : answer
    },
    async endSession(id) {
      if (id === session.held()?.sessionId) {
        const { error } = await farewell.logout('local', 'logout')
        return error ? { ok: false, error } : { ok: true, value: null }
      }
      return asNull(
        await ask<LogoutBody>('DELETE', paths.session.replace(':id', encodeURIComponent(id))),
      )
    },
    reauthenticate: async (password) =>
      asNull(await ask('POST', paths.reauthenticate, { password })),
    async updateUser(changes) {
      const answer = await ask<UserBody>('PUT', paths.user, changes)
      const held = session.held()
      const hasEnded =
        changes.logout === 'global' && (changes.password ?? changes.email) !== undefined
      if (answer.ok && hasEnded) session.end('logout', true)
      else if (answer.ok && held?.user.id === answer.value.id)
        session.keep({ ...held, user: answer.value })
      return answer
    },
    async refresh() {
      await ready()
      await renewal.renew()
      return store.get()
    },
    fetch,
    clearTokens: () => session.end('logout'),
    stay: idle.touch,
    dispose() {
      isDisposed = true
      open?.abort()
      open = null
      tabs.close()
      renewal.stop()
      farewell.stop()
      idle.stop()
    },
  }
}

const asNull = (answer: AuthResult<unknown>): AuthResult<null> =>
  answer.ok ? { ok: true, value: null } : { ok: false, error: answer.error }
