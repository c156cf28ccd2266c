/** Owns how the client's parts are put together, and when it looks for news: when it opens, wakes or comes back online. */

import type { SessionBody, UserBody } from '../contract/answers.ts'
import { type ApiPath, type ApiResult, createApi, requestTokens, unreached } from './api.ts'
import { createFetch } from './fetch.ts'
import { createIdle, SIGNS } from './idle.ts'
import { createLogout } from './logout.ts'
import { createLogoutQueue } from './logout-queue.ts'
import { type Ended, isEnded, signedOut } from './logout-result.ts'
import { createLogoutSender } from './logout-sending.ts'
import type { Page } from './page.ts'
import { createRenewal, REFRESH } from './renewal.ts'
import { createSession } from './session.ts'
import { openSessionStorage, type SessionData } from './session-storage.ts'
import { check, readSettings } from './settings.ts'
import { openStorage } from './storage.ts'
import { createStore } from './store.ts'
import { createTabLock } from './tab-lock.ts'
import { createTimers } from './timers.ts'
import type { AuthClient, AuthClientOptions, AuthError, AuthResult, UserChanges } from './types.ts'

/** Milliseconds after a question to the service for which a page that is looked at again asks no other. */
const NEWS = 5_000

/** Null for `page` on a server. */
export function openClient(options: AuthClientOptions, page: Page | null): AuthClient {
  const settings = readSettings(options, page)
  const { now, cookie, prefix } = settings
  const store = createStore()
  const timers = createTimers()
  const local = openStorage(() => page?.localStorage, prefix)
  const stored = openSessionStorage(settings, page, local)
  const session = createSession(store, stored, page, prefix)
  const api = createApi(settings)
  const withLock = createTabLock(page, prefix)
  const queue = createLogoutQueue(settings, local, stored.isShared)
  const renewal = createRenewal(
    settings,
    store,
    timers,
    api,
    withLock,
    stored,
    session,
    (former) => logout.endReplaced(former),
    (sessionId) => queue.all().some(({ cookieOf }) => cookieOf === sessionId),
  )
  const send = createFetch(settings, session, renewal, start)
  const sender = createLogoutSender(settings, api, stored, session, renewal, queue, send, () =>
    logout.updateState(),
  )
  const logout = createLogout(settings, store, timers, withLock, stored, session, queue, sender)
  const idle = createIdle(
    settings,
    store,
    local,
    timers,
    () => void logout.perform('local', 'idle'),
  )
  store.subscribe(() => {
    idle.check()
    // `loading` after the start: the cookie is another session's now, and a renewal tells whose. The start (epoch 0) asks itself.
    if (session.epoch && store.get().status === 'loading') void renewal.renew()
    // Another client in this window may have queued a logout: storage events go to other windows only.
    logout.updateState()
  })

  /** Aborted to take away the listeners. Undefined before the start, null once disposed. */
  let open: AbortController | null | undefined
  let begun: Promise<void> | undefined
  let heardAt = 0

  /** Starts the client unless it runs; after `dispose` only with `again`. Resolves once it has tried to learn who is here. */
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
    timers.start()
    session.open()
    listen(['storage'], hearStorage)
    listen(['online', 'pageshow', 'visibilitychange'], wake)
    // Signs of use are noted even without a limit here: another tab may have one, and so may the next client.
    listen(SIGNS, idle.act)
    const record = stored.read()
    const restored = session.restore()
    if (!restored && !(cookie && (!record || record.sessionId))) {
      session.end(null, false, record?.left)
      // The next page to open says once why the session ended; whoever logged out knows.
      const because = record?.because
      if (because && because !== 'logout') store.set({ endedBecause: because })
    } else if (idle.isOver()) void logout.perform('local', 'idle')
    else {
      if (!restored || renewal.isDue(0)) {
        heardAt = now()
        await renewal.renew()
      }
      session.show()
    }
    wake({})
  }

  /** Catches up with what this page may have missed: what another tab did, the time, what another device did. */
  function wake({ type }: { type?: string }): void {
    if (!open || (type === 'visibilitychange' && page?.document.visibilityState === 'hidden'))
      return
    const onlyCookie = session.catchUp()
    idle.check()
    renewal.plan()
    logout.flush(true)
    // The absolute value: after the clock was set back, `heardAt` lies ahead and must not pass for recent.
    // Nor when a page that the browser has kept learns of a sign-in only now.
    if (type !== 'online' && !(type && onlyCookie) && Math.abs(now() - heardAt) <= NEWS) return
    heardAt = now()
    if (onlyCookie || renewal.isDue()) void renewal.renew()
    else if (session.held) void askUser('GET').then(keepUser)
  }

  /** Stores the answer's user, unless another tab has signed somebody in or out meanwhile: that is not written over. */
  function keepUser(answer: ApiResult<UserBody>): void {
    const user = !session.catchUp() && answer.ok && answer.value
    const { held } = session
    if (user && held?.user.id === user.id && JSON.stringify(user) !== JSON.stringify(held.user))
      session.keep({ ...held, user })
  }

  /** Another tab has changed what is stored. Each call looks for itself, so any of our names will do. */
  function hearStorage({ key }: { key?: string | null }): void {
    // Null: another tab has emptied the whole storage.
    if (key && !key.startsWith(prefix)) return
    idle.check()
    logout.updateState()
    if (session.catchUp(true) && !session.canHear()) void renewal.renew()
  }

  /** Asks in the name of whoever is signed in. `unreached` while that is not known. */
  async function ask<Value>(
    method: string,
    path: ApiPath,
    body?: unknown,
    isOurs?: (answer: Value) => boolean,
  ): Promise<ApiResult<Value>> {
    await start()
    if (session.held) return api<Value>(method, path, { body, send, isOurs })
    return store.get().status === 'loading' ? unreached : signedOut
  }

  const askUser = (method: string, changes?: UserChanges) =>
    ask<UserBody>(method, '/user', changes, ({ id }) => !!id)

  /** Makes the page's result of an answer: its error, or one part of its value. */
  const pick = async <Whole, Part>(
    asked: Promise<{ value?: Whole; error?: AuthError | null }>,
    part: (whole: Whole) => Part,
  ): Promise<AuthResult<Part>> => {
    const { value, error } = await asked
    return error ? { ok: false, error } : { ok: true, value: part(value as Whole) }
  }

  /** Signs up or in, under the lock of renewals: no renewal of the former session may come in between. */
  async function enter(path: ApiPath, body: object): Promise<AuthResult<UserBody>> {
    void start()
    const { leavings } = logout
    const error = await logout.flushBeforeSignIn()
    if (error) return { ok: false, error }
    // Only the cookie of the former session may be known. It must be learned now: without its cookie only its token can end it.
    if (session.catchUp()) await renewal.renew()
    const entered = withLock(REFRESH, async () => {
      // The answer may be lost though its cookie came: `left` has a logout ask, though nobody seems to be signed in.
      const record = cookie && stored.read()
      if (record) stored.write({ ...record, left: true })
      const answer = await requestTokens(api, path, body, now)
      session.catchUp()
      const former = session.held
      const hasLeft = logout.leavings !== leavings
      if (!answer.ok) {
        // No status: the answer was lost, so `left` stays. A refusal sets no cookie, so `left` is what it was before.
        if (record) stored.write({ ...stored.read(), left: !answer.error.status || record.left })
        if (hasLeft) void logout.perform('local', 'logout')
        return answer
      }
      if (hasLeft) {
        logout.endReplaced(answer.value)
        return signedOut
      }
      heardAt = now()
      idle.touch()
      logout.clearGivenUp()
      session.keep(answer.value)
      renewal.plan()
      if (!former) return answer
      // `keep` has given up a logout of the others that waited for the former session. Another person is not told of that.
      if (former.user.id !== answer.value.user.id) logout.clearGivenUp()
      logout.endReplaced(former)
      return answer
    })
    return pick<SessionData, UserBody>(entered, ({ user }) => user)
  }

  return {
    getState: store.get,
    subscribe(listener) {
      // Subscribed first: the start may change the state at once, and the listener must hear of that too.
      const unsubscribe = store.subscribe(listener)
      void start(true)
      return unsubscribe
    },
    async ready() {
      await start(true)
      while (open && store.get().status === 'loading')
        await new Promise<void>((resolve) => {
          const end = () => resolve(unsubscribe())
          const unsubscribe = store.subscribe(end)
          open?.signal.addEventListener('abort', end)
        })
      return store.get()
    },
    signUp: (input) => enter('/signup', input),
    signIn: (input) => enter('/token?grant_type=password', input),
    async logout(options = {}) {
      const { scope = 'local' } = options
      // A scope in place of `{ scope }` would end this session only.
      check('scope', Object(options) === options && scope, ['local', 'others', 'global'])
      const begun = start()
      // To leave, it need not be known who is here; to end the others, it must.
      if (scope === 'others' && !session.held) await begun
      return logout.perform(scope, 'logout')
    },
    listSessions: () =>
      pick(
        ask<{ sessions: SessionBody[] }>('GET', '/sessions', undefined, ({ sessions }) =>
          Array.isArray(sessions),
        ),
        ({ sessions }) => sessions,
      ),
    async endSession(id) {
      if (!session.held) await start()
      return pick<Ended | undefined, null>(
        id === session.held?.sessionId
          ? logout.perform('local', 'logout')
          : ask('DELETE', `/sessions/${encodeURIComponent(id)}`, undefined, isEnded),
        () => null,
      )
    },
    reauthenticate: (password) => pick(ask('POST', '/reauthenticate', { password }), () => null),
    async updateUser(changes) {
      await start()
      const { epoch, held } = session
      const answer = await askUser('PUT', changes)
      const isSame = session.epoch === epoch
      if (
        answer.ok &&
        isSame &&
        (changes.logout || changes.password || answer.value.email !== held?.user.email)
      )
        logout.endedOthers(held?.sessionId)
      if (!answer.ok || changes.logout !== 'global') keepUser(answer)
      else if (isSame) session.end('logout', true)
      // Somebody has signed in meanwhile, perhaps another person. The renewal learns whether that session was ended too.
      else void renewal.renew()
      logout.updateState()
      return answer
    },
    async refresh() {
      await start()
      await renewal.renew()
      return store.get()
    },
    fetch: send,
    clearTokens: () => session.end(null, false, cookie),
    stay: idle.touch,
    dispose() {
      open?.abort()
      open = null
      session.close()
      timers.stop()
    },
  }
}
