/** Owns the putting together of the client, and when it looks around: on opening, waking and coming back online. */

import type { SessionBody, UserBody } from '../contract/answers.ts'
import { createAlarms } from './alarms.ts'
import { openCupboard } from './cupboard.ts'
import { createFarewell, signedOut } from './farewell.ts'
import { createFetch } from './fetch.ts'
import { createIdle, SIGNS } from './idle.ts'
import { createNotes } from './notes.ts'
import type { Page } from './page.ts'
import { createRenewal, REFRESH } from './renewal.ts'
import { type Held, openRest } from './rest.ts'
import { createSession } from './session.ts'
import { readSettings } from './settings.ts'
import { createStore } from './store.ts'
import { createTurns } from './turns.ts'
import type { AuthClient, AuthClientOptions, AuthError, AuthResult } from './types.ts'
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
  const renewal = createRenewal(settings, store, alarms, wire, turn, rest, session)
  const send = createFetch(settings, session, renewal, start)
  const farewell = createFarewell(
    settings,
    store,
    alarms,
    wire,
    turn,
    rest,
    session,
    renewal,
    createNotes(settings, local),
    send,
  )
  const idle = createIdle(
    settings,
    store,
    local,
    alarms,
    () => void farewell.logout('local', 'idle'),
  )
  store.subscribe(() => {
    idle.check()
    // Another client in this window may have written a logout down: of that no storage event tells here.
    farewell.look()
  })

  /** Null once disposed. */
  let open: AbortController | null | undefined
  let begun: Promise<void> | undefined
  let heardAt = 0

  /** Resolves once it was tried to learn who is signed in, whatever came of it. */
  async function start(again = open !== null): Promise<void> {
    if (!open && again && page) begun = begin(page)
    await begun
  }

  async function begin(page: Page): Promise<void> {
    open = new AbortController()
    const { signal } = open
    const listen = (
      types: string[],
      hear: (event: { type?: string; key?: string | null }) => void,
    ) => {
      for (const type of types) page.addEventListener(type, hear, { signal, capture: true })
    }
    alarms.start()
    session.open()
    listen(['storage'], hearStorage)
    listen(['online', 'pageshow', 'visibilitychange'], wake)
    // Also without a limit here: another tab may have one, and so may the client after this one.
    listen(SIGNS, idle.act)
    const trace = rest.look()
    const stored = session.restore()
    if (!stored && !(cookie && (!trace || trace.sessionId))) {
      session.end(null)
      // The page that an ending led to tells once why; whoever logged out knows.
      const because = trace?.because
      if (because && because !== 'logout') store.set({ endedBecause: because })
    } else if (idle.isOver()) void farewell.logout('local', 'idle')
    else {
      if (!stored || renewal.isDue(0)) {
        heardAt = now()
        await renewal.renew()
      }
      session.show()
    }
    wake({})
  }

  /** What may have been missed: another tab's doing, the time, another device's doing. */
  function wake({ type }: { type?: string }): void {
    if (!open || (type === 'visibilitychange' && page?.document.visibilityState === 'hidden'))
      return
    const onlyCookie = session.catchUp()
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

  /** Each of these looks for itself, so it does not matter which of our things has changed. */
  function hearStorage({ key }: { key?: string | null }): void {
    if (!key?.startsWith(prefix)) return
    idle.check()
    farewell.look()
    if (session.catchUp() && !session.canHear()) void renewal.renew()
  }

  /** In the name of whoever is signed in. */
  async function ask<Value>(method: string, path: Asked, body?: unknown): Promise<Answer<Value>> {
    await start()
    if (session.held) return wire<Value>(method, path, { body, send })
    return store.get().status === 'loading' ? unreached : signedOut
  }

  /** The part of an answer that is the caller's. */
  const pick = async <Whole, Part>(
    asked: Promise<{ value?: Whole; error?: AuthError | null }>,
    part: (whole: Whole) => Part,
  ): Promise<AuthResult<Part>> => {
    const { value, error } = await asked
    return error ? { ok: false, error } : { ok: true, value: part(value as Whole) }
  }

  /** A sign-up or sign-in, in the turn of renewals: none of the session before may come in between. */
  async function enter(path: Asked, body: object): Promise<AuthResult<UserBody>> {
    void start()
    if (!(await farewell.settle())) return unreached
    const entered = turn(REFRESH, async () => {
      const answer = await askTokens(wire, path, body, now)
      const former = session.held
      if (!answer.ok) return answer
      heardAt = now()
      idle.touch()
      session.keep(answer.value)
      farewell.forgive()
      renewal.plan()
      if (former) farewell.replace(former)
      return answer
    })
    return pick<Held, UserBody>(entered, ({ user }) => user)
  }

  return {
    getState: store.get,
    subscribe(listener) {
      // Beginning may come to a state at once, and that is news too.
      const unsubscribe = store.subscribe(listener)
      void start(true)
      return unsubscribe
    },
    async ready() {
      await start(true)
      while (open && store.get().status === 'loading')
        await new Promise<void>((resolve) => {
          const unsubscribe = store.subscribe(() => resolve(unsubscribe()))
        })
      return store.get()
    },
    signUp: (input) => enter('/signup', input),
    signIn: (input) => enter('/token?grant_type=password', input),
    async logout({ scope = 'local' } = {}) {
      if (!/^(local|others|global)$/.test(scope))
        throw new TypeError('scope: local, others or global')
      void start()
      return farewell.logout(scope, 'logout')
    },
    listSessions: () =>
      pick(ask<{ sessions: SessionBody[] }>('GET', '/sessions'), ({ sessions }) => sessions),
    endSession: (id) =>
      pick<unknown, null>(
        id === session.held?.sessionId
          ? farewell.logout('local', 'logout')
          : ask('DELETE', `/sessions/${encodeURIComponent(id)}`),
        () => null,
      ),
    reauthenticate: (password) => pick(ask('POST', '/reauthenticate', { password }), () => null),
    async updateUser(changes) {
      const answer = await ask<UserBody>('PUT', '/user', changes)
      if (answer.ok && changes.logout === 'global') session.end('logout', true)
      else keepUser(answer)
      return answer
    },
    async refresh() {
      await start()
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
