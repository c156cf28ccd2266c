/** Owns one game in a browser: its steps, the truth about every session in it, and what people may rely on. Knows nothing of how the client works. */

import { vi } from 'vitest'
import type { AuthState, LogoutScope } from '../../src/client/types.ts'
import { openBrowser, openService, type Tab } from './browser.ts'
import { claimsOf, type Person, pause, type Street } from './street.ts'

export const KINDS = [
  { transport: 'cookie' },
  { transport: 'bearer' },
  { transport: 'bearer', storage: 'session' },
  { transport: 'bearer', storage: 'memory' },
] as const

/**
 * `unavailable`: the service's own 503. `gateway`: that of somebody before it, so that it hears nothing. `answers lost`: the
 * service did it, and nothing comes back. `bodies lost`: nothing but the cookie. `held`: until the network is another one.
 */
export const NETWORKS = [
  'up',
  'down',
  'unavailable',
  'gateway',
  'answers lost',
  'bodies lost',
  'requests held',
  'answers held',
] as const

/** Tabs and kinds are counted round and round. `hasty`: the next step does not wait for the answer. */
export type Step =
  | { do: 'open'; kind: number }
  | { do: 'close' | 'reload' | 'refresh' | 'look'; tab: number }
  | { do: 'sign in'; tab: number; who: number }
  | { do: 'log out'; tab: number; scope: LogoutScope; hasty: boolean }
  | { do: 'network'; is: (typeof NETWORKS)[number] }
  | { do: 'pass' | 'sleep'; seconds: number }
  | { do: 'room'; isFull: boolean }
  | { do: 'empty the storage' }
  | { do: 'elsewhere: sign in' | 'elsewhere: log out'; who: number }

/** A session as the service knows it, whether or not anybody in the browser has heard of it. */
interface Session {
  sid: string
  user: string
  step: number
  access: string[]
  refresh: string[]
  /** Its age ends it here. */
  until: number
  endsAt: number
  /** May end without anybody's wish: another took its place, its sign-in was not answered, or the answer to a rotation was lost. */
  isLoose: boolean
  isEnded: boolean
}

interface GameTab extends Tab {
  kind: (typeof KINDS)[number]
  isOpen: boolean
  /** Whom it showed when it was last looked at. */
  shown: string | null
}

/** A logout that somebody asked for. */
interface Wish {
  scope: LogoutScope
  /** The session that asked. */
  of: Session
  /** What there was of what it names. */
  named: Session[]
  tab: GameTab
  /** It did not fit into the browser, or only its tab can send it. */
  mayBeUnsaved: boolean
  /** That it was given up has been said. */
  isSaid: boolean
  /** The README allows that no more is heard of it. */
  isOver: boolean
  /** It went with the tab that alone knew of it, as the README says: the next page finds the session. */
  isLost: boolean
  /** The step after which nobody is at it any more: who signs in later is not meant. */
  closed: number
}

const DAY = 86_400_000
const [IDLE, ABSOLUTE] = [7 * DAY, 30 * DAY]

/** The client's timers, by the street's clock. Those that only look round the corner are real, and a tenth as long. */
const timers = new Set<{ at: number; run: () => void }>()
function takeTimers(clock: Street['clock']): void {
  vi.unstubAllGlobals()
  timers.clear()
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis
  vi.stubGlobal(
    'setTimeout',
    (run: (...given: unknown[]) => void, ms: number, ...more: unknown[]) => {
      if (!new Error().stack?.includes('/src/client/timers.ts')) return realSet(run, ms, ...more)
      if (ms <= 50) return realSet(run, ms / 10)
      const timer = { at: clock.now + ms, run }
      timers.add(timer)
      return timer
    },
  )
  vi.stubGlobal('clearTimeout', (timer: never) => timers.delete(timer) || realClear(timer))
}

/** People press more often here than anybody is let. */
const LIMITS = Object.fromEntries(
  ['LOGOUT', 'REFRESH', 'SIGN_IN_ACCOUNT', 'SIGN_IN_ADDRESS', 'SIGN_UP_ADDRESS'].map((name) => [
    `LIMIT_${name}`,
    '100000/300',
  ]),
)

/** Plays the steps, then lets everything come to rest. Throws at the first thing that nobody may rely on any more. */
export async function playGame(steps: Step[]): Promise<void> {
  const street = await openService({ env: LIMITS })
  const browser = openBrowser(street)
  const { clock, redis } = street
  takeTimers(clock)
  const people: Person[] = [await street.signUp(), await street.signUp()]
  const sessions = new Map<string, Session>()
  const wishes: Wish[] = []
  const elsewhere = new Set<Session | undefined>()
  const tabs: GameTab[] = []
  let underWay: Promise<unknown>[] = []
  let network: (typeof NETWORKS)[number] = 'up'
  let step = 0
  /** What tabs share has always been kept. */
  let isKept = true

  const open = () => tabs.filter(({ isOpen }) => isOpen)
  const isShared = ({ kind }: GameTab) => !('storage' in kind)
  const fail = (what: string): never => {
    throw new Error(`After step ${step}: ${what}`)
  }
  const nameOf = ({ user, step }: Session) =>
    `${user === people[0]?.user.id ? 'A' : 'B'}'s session of step ${step}`

  function note(body: Record<string, unknown>, cookie?: string): Session | undefined {
    if (typeof body.access_token !== 'string') return undefined
    const { sid, sub } = claimsOf(body.access_token) as { sid: string; sub: string }
    const started = {
      sid,
      user: sub,
      step,

      until: clock.now + ABSOLUTE,
      endsAt: 0,
    }
    const one = sessions.get(sid) ?? {
      ...started,
      access: [],
      refresh: [],
      isLoose: false,
      isEnded: false,
    }
    one.access.push(body.access_token)
    one.refresh.push((cookie ?? body.refresh_token) as string)
    one.endsAt = Math.min(one.until, clock.now + IDLE)
    sessions.set(sid, one)
    return one
  }
  for (const person of people) note({ ...person })

  const cookieOwner = () =>
    [...sessions.values()].find(({ refresh }) => refresh.includes(browser.cookie()))
  let [inFlight, heldBack] = [0, 0]
  let gate = Promise.withResolvers<void>()
  const hold = async (when: typeof network) => {
    if (network !== when) return
    heldBack++
    await gate.promise
    heldBack--
  }
  async function carry(request: Request): Promise<Response> {
    await hold('requests held')
    if (network === 'down') throw new TypeError('Failed to fetch')
    if (network === 'gateway') return Response.json({}, { status: 503 })
    const response = await street.fetch(request)
    const { status, headers } = response
    const [cookie] = headers.getSetCookie().map((text) => text.match(/refresh=([^;]+)/)?.[1])
    const one = note(await response.clone().json(), cookie)
    await hold('answers held')
    // Whoever is not told of the newest token uses the one before it, as a thief would.
    if (one && (network === 'answers lost' || (network === 'bodies lost' && !cookie)))
      one.isLoose = true
    if (network === 'answers lost') throw new TypeError('Failed to fetch')
    const former = cookie && cookieOwner()
    if (former && former !== one) former.isLoose = true
    return network === 'bodies lost' ? new Response('{"co', { status, headers }) : response
  }
  browser.network.instead = (request) => {
    inFlight++
    return carry(request).finally(() => inFlight--)
  }
  const turnNetwork = async (to: typeof network) => {
    network = to
    await (to === 'unavailable' ? redis.fail({ kind: 'reset' }) : redis.heal())
    gate.resolve()
    gate = Promise.withResolvers()
  }

  const living = async (): Promise<Session[]> => {
    const kept = new Set((await redis.look('KEYS', 'session:????????-*')) as string[])
    return [...sessions.values()].filter(({ sid }) => kept.has(`session:${sid}`))
  }
  const isOld = ({ endsAt }: Session) => clock.now >= endsAt
  async function mustBeRefused(one: Session): Promise<void> {
    for (const token of one.access)
      if ((await street.call('GET', '/user', { token })).status !== 401)
        fail(`${nameOf(one)} has been ended, and its access token works`)
    for (const token of one.refresh)
      if ((await street.refresh(token)).status < 400)
        fail(`${nameOf(one)} has been ended, and its refresh token works`)
  }

  /** Whether it is said of this one that it was given up. */
  const isNamed = ({ givenUp }: AuthState, { scope }: Wish) =>
    !!givenUp && (scope === 'local' || givenUp === 'global' || givenUp === scope)
  const noteSaid = (state: AuthState) => {
    for (const wish of wishes) if (isNamed(state, wish) && !state.unconfirmed) wish.isSaid = true
  }
  const drop = (which: (wish: Wish) => boolean, isLost = false) => {
    for (const wish of wishes.filter(which)) {
      wish.isOver = true
      wish.isLost ||= isLost
      wish.closed = Math.min(wish.closed, step)
    }
  }
  /** Said until somebody signs in, or the ending of the others or of all is confirmed. */
  const forgetSaid = () => drop(({ isSaid }) => isSaid)
  /**
   * Somebody here has asked for its end, and that was not done before it began. While the ending of all waits, it is taken to
   * mean what the same person begins meanwhile too: the client says nothing else of it.
   */
  const isWished = (one: Session) =>
    wishes.some(({ scope, of, closed }) => {
      if (scope === 'local' || one.user !== of.user) return one === of
      return one.step <= closed && (scope === 'global' || one !== of)
    })
  const mayEnd = (one: Session) => one.isLoose || isOld(one) || isWished(one)

  function openTab(kind: (typeof KINDS)[number], opener?: Tab): GameTab {
    const tab = browser.openTab({ ...kind, ...(opener && { opener }) })
    const its: GameTab = Object.assign(tab, { kind, isOpen: true, shown: null })
    tabs.push(its)
    tab.client.subscribe(() => its.isOpen && noteSaid(tab.client.getState()))
    return its
  }
  function leave(tab: GameTab): void {
    if (tab.client.getState().unsaved) drop((wish) => wish.tab === tab && wish.mayBeUnsaved, true)
    // What it has been given last, its next page does not know.
    const its = sessions.get(tab.shown ?? '')
    if (its && inFlight && !isShared(tab)) its.isLoose = true
    tab.isOpen = false
    tab.crash()
  }
  function newWish(scope: LogoutScope, of: Session, named: Session[], tab: GameTab): Wish {
    const mayBeUnsaved = browser.room.isFull || (scope === 'others' && !isShared(tab))
    const begun = { isSaid: false, isOver: false, isLost: false, closed: Infinity }
    const wish = { scope, of, named, tab, mayBeUnsaved, ...begun }
    wishes.push(wish)
    return wish
  }

  async function logOut(tab: GameTab, scope: LogoutScope): Promise<void> {
    const isBusy = underWay.length > 0
    const { status, sessionId } = tab.client.getState()
    const of = sessions.get(sessionId ?? '') ?? (status === 'loading' ? cookieOwner() : undefined)
    const all = [...sessions.values()].filter((one) => one.user === of?.user)
    const named = all.filter((one) => scope === 'global' || (scope === 'local') === (one === of))
    const wish = of && newWish(scope, of, named, tab)
    // Nobody seems to be here, and a sign-in without an answer may have left its cookie.
    const owner = !of && tab.kind === KINDS[0] && cookieOwner()
    if (owner && scope !== 'others') newWish(scope, owner, [], tab)
    // Nor is anybody, so it answers for what waits.
    const waiting = wishes.filter(
      (one) =>
        !wish && !one.isOver && !one.isSaid && one.scope !== 'others' && one.closed === Infinity,
    )
    const isClear = () => network === 'up' && of?.isLoose === false && !isOld(of) && !of.isEnded
    const wasClear = isClear() && !isBusy && wishes.every((one) => one === wish || one.of !== of)
    const result = await tab.client.logout({ scope })
    if (!result.ok) {
      if (result.server === 'confirmed') fail('a failure is told as confirmed')
      if (wasClear && isClear()) fail(`${scope} is ${result.server}, and nothing stood in its way`)
      return
    }
    if (wish && result.scope !== scope && result.scope !== 'global')
      fail(`${scope} was asked for, and ${result.scope} is told as done`)
    const done = wish ? named : waiting.flatMap(({ named }) => named)
    const left = (await living()).filter((one) => done.includes(one) && !isOld(one))
    if (left[0]) fail(`${scope} is told as done, and ${nameOf(left[0])} lives`)
    if (scope !== 'local') forgetSaid()
  }

  async function signIn(tab: GameTab, person: Person): Promise<void> {
    const known = new Set(sessions.values())
    const replaced = new Set<Session | undefined>()
    const look = () => replaced.add(sessions.get(tab.client.getState().sessionId ?? ''))
    look()
    const unsubscribe = tab.client.subscribe(look)
    for (const { client } of open()) noteSaid(client.getState())
    const entered = await tab.client.signIn(person)
    unsubscribe()
    const fresh = [...sessions.values()].filter(
      (one) => !known.has(one) && one.user === person.user.id && !elsewhere.has(one),
    )
    const { sessionId } = tab.client.getState()
    for (const one of replaced)
      if (one && entered.ok && one.sid !== sessionId) {
        one.isLoose = true
        newWish('local', one, [one], tab)
      }
    if (!entered.ok) {
      for (const one of fresh) {
        one.isLoose = true
        // Somebody has left meanwhile, and that is so.
        if (entered.error.code === 'no_authorization') newWish('local', one, [one], tab)
      }
      return
    }
    forgetSaid()
    // Nothing is said of them to somebody else.
    drop(({ scope, of }) => scope === 'others' && of.user !== person.user.id)
  }

  const isHeld = () => network.endsWith('held')
  async function settle(): Promise<void> {
    for (let turns = 0; isHeld() && turns < 4; turns = inFlight === heldBack ? turns + 1 : 0)
      await pause(4)
    if (isHeld()) return
    await browser.settled()
    if (underWay.length === 0) return
    await Promise.all(underWay)
    underWay = []
    await browser.settled()
  }

  async function check(): Promise<void> {
    const alive = await living()
    for (const one of sessions.values()) {
      if (one.isEnded || alive.includes(one)) continue
      one.isEnded = true
      if (!mayEnd(one)) fail(`${nameOf(one)} has been ended, and nobody wished that`)
    }
    for (const tab of open()) {
      const { sessionId } = tab.client.getState()
      const shown = sessions.get(sessionId ?? '')
      // Its tokens are not stored any more: this tab hears late of who replaced them, and the next page finds nobody.
      const isForgotten = !isKept && tab.kind === KINDS[1]
      const isWrong = wishes.some(
        ({ scope, of, isLost }) => scope !== 'others' && of === shown && !isLost,
      )
      if (!isForgotten && isWrong)
        fail(`a tab shows ${shown && nameOf(shown)}, which was logged out`)
      const former = tab.shown !== sessionId && sessions.get(tab.shown ?? '')
      if (former && !former.isEnded && !mayEnd(former) && !isForgotten)
        fail(`a tab has left ${nameOf(former)}, and nobody wished that`)
      tab.shown = sessionId
    }
    const states = open().map(({ client }) => client.getState())
    const isWaiting = states.some(({ unconfirmed }) => unconfirmed)
    for (const wish of wishes) {
      if (wish.isOver || wish.closed < Infinity) continue
      const left = wish.named.find((one) => alive.includes(one) && !isOld(one))
      // With no tab open nobody says whether it still waits.
      if (!left && states[0] && !isWaiting) {
        wish.closed = step
        if (wish.scope !== 'local') forgetSaid()
      }
      const isSilent = (state: AuthState) => !state.unconfirmed && !isNamed(state, wish)
      // What is in the browser every tab knows of; the rest, one of them.
      const isKnown = isKept && !wish.mayBeUnsaved
      if (left && !isHeld() && states[0] && states[isKnown ? 'some' : 'every'](isSilent))
        fail(
          `${wish.scope} for ${nameOf(wish.of)} is lost: ${nameOf(left)} lives, and nothing says so`,
        )
    }
  }

  async function take(next: Step): Promise<void> {
    const all = open()
    const tab = 'tab' in next ? all[next.tab % all.length] : undefined
    if ('tab' in next && !tab) return
    const person = people['who' in next ? next.who : 0] as Person
    switch (next.do) {
      case 'open':
        if (all.length < 4) openTab(KINDS[next.kind % KINDS.length] ?? KINDS[0])
        return
      case 'close':
        return tab && leave(tab)
      case 'reload':
        if (!tab) return
        leave(tab)
        openTab(tab.kind, tab)
        return
      case 'refresh':
        if (tab) underWay.push(tab.client.refresh())
        return
      case 'look':
        return tab?.show()
      case 'sign in':
        if (tab) underWay.push(signIn(tab, person))
        return
      case 'log out':
        if (tab) underWay.push(logOut(tab, next.scope))
        return
      case 'network':
        if (network === 'down' && next.is !== network) for (const { goOnline } of all) goOnline()
        return turnNetwork(next.is)
      case 'pass':
        return passTime(next.seconds)
      case 'sleep':
        clock.pass(next.seconds)
        for (const timer of timers) timer.at += next.seconds * 1000
        return
      case 'room':
        browser.room.isFull = next.isFull
        isKept &&= !next.isFull
        return
      case 'empty the storage':
        isKept = false
        browser.storage.values.clear()
        // Nobody is left who could put it back, and what was given up nobody puts back.
        drop(({ isSaid, tab }) => isSaid || !tab.isOpen)
        for (const { window } of all) window.fire('storage', { key: null })
        return
      case 'elsewhere: sign in':
        if (network !== 'unavailable') elsewhere.add(note({ ...(await street.signIn(person)) }))
        return
      case 'elsewhere: log out': {
        if (network === 'unavailable') return
        const { access_token: token } = await street.signIn(person)
        await street.call('POST', '/logout?scope=global', { token })
        for (const one of sessions.values()) if (one.user === person.user.id) one.isLoose = true
      }
    }
  }

  async function passTime(seconds: number): Promise<void> {
    const end = clock.now + seconds * 1000
    for (;;) {
      const [next] = [...timers].sort((one, other) => one.at - other.at)
      if (!next || next.at > end) break
      timers.delete(next)
      clock.now = Math.max(clock.now, next.at)
      next.run()
      await settle()
    }
    clock.now = end
  }

  try {
    for (const next of steps) {
      step++
      await take(next)
      if (next.do === 'log out' && next.hasty) continue
      await settle()
      await check()
    }
    step++
    await settle()
    browser.room.isFull = false
    await turnNetwork('up')
    const fresh = [openTab(KINDS[0]), openTab(KINDS[1])]
    for (const { goOnline } of open()) goOnline()
    await settle()
    await passTime(130)
    for (const { client } of open()) await client.refresh()
    await settle()
    await check()
    for (const tab of open()) {
      const { unconfirmed, status, accessToken, sessionId } = tab.client.getState()
      if (unconfirmed) fail('a logout waits for ever')
      if (status === 'loading') fail('a tab does not come to know who is here')
      const token = accessToken ?? ''
      if (accessToken && (await street.call('GET', '/user', { token })).status !== 200)
        fail('a tab shows a session that has ended')
      const other = fresh.find(({ kind }) => kind === tab.kind)?.client.getState().sessionId
      if (isKept && isShared(tab) && other !== sessionId) fail('tabs that share a session disagree')
    }
    for (const one of new Set(wishes.flatMap(({ named }) => named)))
      if (one.isEnded) await mustBeRefused(one)
  } finally {
    for (const tab of open()) tab.crash()
    vi.unstubAllGlobals()
  }
}
