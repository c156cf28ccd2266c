/** Owns the limiter of one request and the headers that tell what it counted. Never what a full limiter means: see domain/. */

import type { Context } from 'hono'
import { headers } from '../contract/headers.ts'
import { StoreFault } from '../domain/fault.ts'
import type { Admission, Count, Counted, Counter, Limiter } from '../domain/limiting.ts'
import { seconds } from '../domain/token.ts'
import type { AppEnv } from './environment.ts'

interface RequestLimiter extends Limiter {
  /** Gives back, once the request is answered, what was counted and is to be given back. */
  returnCounts(): Promise<void>[]
}

/** `show` is told after each count. */
export function createRequestLimiter(
  counter: Counter,
  show: (counts: readonly Count[]) => void,
): RequestLimiter {
  const counts: Count[] = []
  /** By quota and identity: what is given back twice goes back once. */
  const returns = new Map<string, () => Promise<void>>()
  const counted = new Map<string, Count>()
  /** A quota that has let the call on is not asked a second time. */
  const hasPaid = (name: string): boolean => counted.get(name)?.retryAfter === null
  const note = (name: string, count: Count): Admission => {
    counts.push(count)
    counted.set(name, count)
    show(counts)
    const { retryAfter } = count
    return retryAfter === null ? { kind: 'allowed' } : { kind: 'denied', retryAfter }
  }
  return {
    returnCounts: () => [...returns.values()].map((giveBack) => giveBack()),
    async take(quota, identity) {
      const name = nameOf({ quota, identity })
      if (hasPaid(name)) return { kind: 'allowed' }
      try {
        return note(name, await counter.take(quota, identity))
      } catch (error) {
        return down(error)
      }
    },
    async takeInTurn(first, second) {
      try {
        const [one, other] = await counter.takeInTurn(first, second)
        return [note(nameOf(first), one), other && note(nameOf(second), other)]
      } catch (error) {
        return [down(error), null]
      }
    },
    async takeAndMake(quota, identity, change) {
      const name = nameOf({ quota, identity })
      if (hasPaid(name)) return { kind: 'made', count: null, outcome: await counter.make(change) }
      const made = await counter.takeAndMake(quota, identity, change)
      if (made.count) note(name, made.count)
      return made
    },
    giveBack(quota, identity) {
      // A call that a dead limiter did not count cannot be given back.
      const name = nameOf({ quota, identity })
      const count = counted.get(name)
      if (count) returns.set(name, () => counter.giveBack({ quota, identity }, count.resetsAt))
    },
  }
}

const nameOf = ({ quota, identity }: Counted): string => `${quota} ${identity}`

function down(error: unknown): Admission {
  if (!(error instanceof StoreFault)) throw error
  return { kind: 'down', fault: error }
}

/** draft-ietf-httpapi-ratelimit-headers: Lists of quoted names. The old trio tells of the quota with the fewest calls left. */
export function showCounts(c: Context<AppEnv>, counts: readonly Count[], now: number): void {
  // The answer is made already, as when the request took too long: its headers stay as they are.
  if (c.finalized) return
  // A refused call may come back later than the window's end, and Retry-After must not be earlier than `t`.
  const wait = (count: Count) =>
    count.retryAfter ?? Math.max(0, Math.ceil((count.resetsAt - now) / 1000))
  const [nearest] = counts.toSorted((a, b) => a.remaining - b.remaining || wait(b) - wait(a))
  if (!nearest) return
  const name = (count: Count) => `"${count.quota.replaceAll('_', '-')}"`
  c.header(
    headers.rateLimitPolicy,
    counts.map((count) => `${name(count)};q=${count.max};w=${count.window}`).join(', '),
  )
  c.header(
    headers.rateLimit,
    counts.map((count) => `${name(count)};r=${count.remaining};t=${wait(count)}`).join(', '),
  )
  c.header(headers.legacyLimit, String(nearest.max))
  c.header(headers.legacyRemaining, String(nearest.remaining))
  c.header(headers.legacyReset, String(seconds(now) + wait(nearest)))
}
