/** Owns the renewing of tokens: when, by which tab, and what becomes of an answer that comes too late. */

import type { CookieTokenBody, TokenBody } from '../contract/answers.ts'
import { paths } from '../contract/paths.ts'
import { pause, type Turns } from './lock.ts'
import type { Session } from './session.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import type { Vault } from './vault.ts'
import { mayPass, readTokens, type Wire } from './wire.ts'

export interface Renewal {
  /** One at a time, in all tabs together. Resolves when it is done or was refused, whichever tab did it. */
  renew(): Promise<void>
  /** Whether the access token has less than so many milliseconds left. */
  isDue(left?: number): boolean
  /** Epoch ms at which the service last answered for this session. */
  heardAt(): number
  heard(): void
  /** Sets the clock for the next one. */
  plan(): void
  stop(): void
}

export const REFRESH_TURN = 'refresh'

/** Milliseconds. */
const LEAST_PAUSE = 5_000
const LONGEST_PAUSE = 60_000
/** How long a tab waits to hear what the tab before it was given. */
const HEARING = 500

export function createRenewal(
  settings: Settings,
  { store, vault, session, wire, turns }: Parts,
): Renewal {
  const { now, cookie } = settings
  let underWay: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let isRunning = false
  let failures = 0
  let retryAfter = 0
  let heardAt = 0

  /** Another tab may have been given new tokens while this one waited for its turn. */
  async function otherTabWasFaster({ token, mark }: Before): Promise<boolean> {
    const isNew = () => session.held()?.accessToken !== token && !renewal.isDue()
    session.catchUp()
    if (!isNew() && vault.mark()?.expiresAt !== mark)
      for (let waited = 0; waited < HEARING && !isNew(); waited += 50) await pause(50)
    return isNew()
  }

  async function attempt(before: Before): Promise<void> {
    const { epoch } = before
    if (session.epoch() !== epoch || (await otherTabWasFaster(before))) return
    const held = session.held()
    if (!held && (!cookie || vault.mark()?.sessionId === null)) return
    const answer = await wire<TokenBody | CookieTokenBody>(
      'POST',
      `${paths.token}?grant_type=refresh_token`,
      { body: held?.refreshToken ? { refresh_token: held.refreshToken } : {}, own: true },
    )
    // Signed out meanwhile, here or in another tab: what came is for nobody.
    const isOver = () => session.epoch() !== epoch || vault.mark()?.sessionId === null
    if (isOver()) return void session.catchUp()
    const tokens = answer.ok && readTokens(answer.value, now())
    if (tokens) {
      failures = 0
      heardAt = now()
      return session.keep(tokens)
    }
    if (answer.ok || mayPass(answer.error)) {
      failures++
      retryAfter = ((!answer.ok && answer.error.retryAfter) || 0) * 1000
      return
    }
    failures = 0
    // Refused though it had not expired: somebody ended it. Otherwise its age may have.
    const expiresAt = held?.expiresAt ?? vault.mark()?.expiresAt
    session.end(expiresAt ? (now() < expiresAt * 1000 ? 'elsewhere' : 'expired') : null)
  }

  const renewal: Renewal = {
    renew() {
      const before: Before = {
        epoch: session.epoch(),
        token: session.held()?.accessToken,
        mark: vault.mark()?.expiresAt,
      }
      underWay ??= turns
        .take(REFRESH_TURN, () => attempt(before))
        .finally(() => {
          underWay = null
          if (isRunning) renewal.plan()
        })
      return underWay
    },
    isDue(left) {
      const held = session.held()
      if (!held) return cookie && store.get().status === 'loading'
      return left === undefined ? now() >= held.dueAt : now() + left >= held.expiresAt * 1000
    },
    heardAt: () => heardAt,
    heard: () => {
      heardAt = now()
    },
    plan() {
      isRunning = true
      clearTimeout(timer)
      if (!session.held() && !renewal.isDue()) return
      const again = Math.max(retryAfter, Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE))
      const delay = failures
        ? again * (1 + Math.random() / 2)
        : Math.max((session.held()?.dueAt ?? 0) - now(), LEAST_PAUSE)
      // A timer counts no time asleep, so it looks at the clock again every minute.
      timer = setTimeout(
        () => {
          if (failures || renewal.isDue()) void renewal.renew()
          else renewal.plan()
        },
        Math.min(delay, failures ? delay : LONGEST_PAUSE),
      )
    },
    stop() {
      isRunning = false
      clearTimeout(timer)
    },
  }
  return renewal
}

/** How things stood when the renewal was asked for. */
interface Before {
  epoch: number
  token: string | undefined
  mark: number | undefined
}

export interface Parts {
  store: Store
  vault: Vault
  session: Session
  wire: Wire
  turns: Turns
}
