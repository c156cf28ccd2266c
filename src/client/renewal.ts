/** Owns the renewing of tokens: when, by which tab, and what becomes of an answer that comes too late. */

import type { CookieTokenBody, TokenBody } from '../contract/answers.ts'
import { type Alarms, pause } from './alarms.ts'
import type { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { Tabs } from './tabs.ts'
import type { Turns } from './turns.ts'
import type { Vault } from './vault.ts'
import { mayPass, readTokens, type Wire } from './wire.ts'

export interface Renewal {
  /** One at a time, in all tabs together. Resolves when it is done or was refused, whichever tab did it. */
  renew(): Promise<unknown>
  /** Whether the access token has less than so many seconds left. */
  isDue(left?: number): boolean
  /** Sets the clock for the next one. */
  plan(): void
}

export const REFRESH = 'refresh'

/** Seconds before the end of an access token at which another is asked for. */
const LEAD = 60
/** Milliseconds. */
const LEAST_PAUSE = 5_000
const LONGEST_PAUSE = 60_000
/** How long a tab waits to hear what the tab before it was given. */
const HEARING = 500

export interface Parts {
  store: Store
  vault: Vault
  tabs: Tabs
  session: Session
  wire: Wire
  turn: Turns
  alarms: Alarms
}

export function createRenewal(
  { now, cookie }: Settings,
  { store, vault, tabs, session, wire, turn, alarms }: Parts,
): Renewal {
  let underWay: Promise<unknown> | null = null
  let failures = 0
  let retryAfter = 0

  async function attempt(epoch: number, token?: string, marked?: number): Promise<void> {
    const isOver = () => session.epoch() !== epoch || vault.mark()?.sessionId === null
    const isRenewed = () => session.held()?.accessToken !== token && !renewal.isDue()
    session.catchUp()
    // Another tab may have been given new tokens while this one waited for its turn.
    if (tabs.canTalk() && vault.mark()?.expiresAt !== marked)
      for (let waited = 0; waited < HEARING && !isRenewed(); waited += 50) await pause(50)
    const held = session.held()
    if (isOver() || isRenewed() || !(held || cookie)) return
    const answer = await wire<TokenBody | CookieTokenBody>(
      'POST',
      '/token?grant_type=refresh_token',
      {
        body: held?.refreshToken ? { refresh_token: held.refreshToken } : {},
        own: true,
      },
    )
    // Signed out meanwhile, here or in another tab: what came is for nobody.
    if (isOver()) return void session.catchUp()
    const tokens = answer.ok && readTokens(answer.value, now())
    failures++
    retryAfter = 0
    if (tokens) {
      failures = 0
      session.keep(tokens)
    } else if (!answer.ok) {
      retryAfter = (answer.error.retryAfter ?? 0) * 1000
      if (mayPass(answer.error)) return
      failures = 0
      // Refused though it had not expired: somebody ended it. Otherwise its age may have.
      const expiresAt = held?.expiresAt ?? vault.mark()?.expiresAt
      session.end(expiresAt ? (now() < expiresAt * 1000 ? 'elsewhere' : 'expired') : null)
    }
  }

  const renewal: Renewal = {
    renew() {
      const [epoch, token, marked] = [
        session.epoch(),
        session.held()?.accessToken,
        vault.mark()?.expiresAt,
      ]
      underWay ??= turn(REFRESH, () => attempt(epoch, token, marked)).finally(() => {
        underWay = null
        renewal.plan()
      })
      return underWay
    },
    isDue(left = LEAD) {
      const held = session.held()
      return held
        ? now() >= (held.expiresAt - left) * 1000
        : cookie && store.get().status === 'loading'
    },
    plan() {
      const { expiresAt = 0 } = session.held() ?? {}
      const again = Math.max(retryAfter, Math.min(500 * 2 ** failures, LONGEST_PAUSE))
      const until = Math.max((expiresAt - LEAD) * 1000 - now(), LEAST_PAUSE)
      // A timer counts no time asleep, so it looks at the clock again every minute.
      const ms = failures ? again * (1 + Math.random() / 2) : Math.min(until, LONGEST_PAUSE)
      alarms.set(REFRESH, ms, () => (renewal.isDue() ? renewal.renew() : renewal.plan()))
    },
  }
  return renewal
}
