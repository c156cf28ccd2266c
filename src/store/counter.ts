/** Owns the counting of calls with `@upstash/ratelimit`. What a full or dead limiter means is decided elsewhere. */

import { Ratelimit } from '@upstash/ratelimit'
import { StoreFault } from '../domain/fault.ts'
import type {
  AllowedCount,
  Count,
  CountedChange,
  Counter,
  DeniedCount,
} from '../domain/limiting.ts'
import type { Quota, QuotaName } from '../domain/policy.ts'
import type { Digests } from '../domain/ports.ts'
import type { Prepared } from '../domain/prepared.ts'
import { secondsUntilAllowed, usedAt, type WindowsUsed } from '../domain/sliding-window.ts'
import {
  behindCounting,
  type CountedAnswer,
  type Counting,
  readCounted,
  readUsed,
} from './counted-script.ts'
import { keys } from './keys.ts'
import { readValues } from './read-scripts.ts'
import { asStoreFault, type RedisDoor } from './redis.ts'
import { wrongShape } from './rest.ts'
import type { Script } from './script.ts'

type Client = ConstructorParameters<typeof Ratelimit>[0]['redis']
type Answer = Awaited<ReturnType<Ratelimit['limit']>>
type Ask = (script: string, keys: string[], args: unknown[]) => Promise<unknown>

/** Ratelimit's type wants a whole Redis client. Its sliding window calls these two: evalsha, and eval when that has no script. */
const clientOf = (asks: { evalsha: Ask; eval: Ask }): Client => asks as never

/** A client that sends Ratelimit's scripts to Redis as they are. */
function plainly({ send }: RedisDoor): Client {
  const by = (name: string): Ask => {
    return (script, keys, args) =>
      send([name, script, String(keys.length), ...keys, ...args.map(String)])
  }
  return clientOf({ evalsha: by('EVALSHA'), eval: by('EVAL') })
}

/** Shared, and thrown synchronously: making an Error with its stack takes longer than the rest of the limiter. */
const UNKNOWN = new Error('NOSCRIPT')

/** A client that refuses evalsha, so that Ratelimit gives it its script's text, which it hands out to `run` instead of Redis. */
export const handingOut = (run: (counting: Counting) => Promise<unknown>): Client =>
  clientOf({
    evalsha: () => {
      throw UNKNOWN
    },
    eval: (source, keys, args) => run({ source, keys, args: args.map(String) }),
  })

/** Given to Ratelimit in place of its script's answer when nothing was counted: hasCounted recognises the limit of 0. */
const NOT_COUNTED = [0, 0]

interface CounterOptions {
  redis: RedisDoor
  digests: Digests
  quotas: Record<QuotaName, Quota>
}

export function createCounter({ redis, digests, quotas }: CounterOptions): Counter {
  const limiterOf = (name: QuotaName, client: Client): Ratelimit =>
    new Ratelimit({
      redis: client,
      limiter: Ratelimit.slidingWindow(quotas[name].max, `${quotas[name].window} s`),
      prefix: keys.limit(name),
      // Ratelimit's memory of a refusal lasts to the window's end, which would make the window jump instead of slide.
      ephemeralCache: false,
      // Ratelimit's own time limit answers 'allowed'. Ours throws.
      timeout: 0,
      analytics: false,
      enableTelemetry: false,
    })
  const plain = new Map<QuotaName, Ratelimit>()
  const plainLimiterOf = (name: QuotaName): Ratelimit => {
    const limiter = plain.get(name) ?? limiterOf(name, plainly(redis))
    plain.set(name, limiter)
    return limiter
  }
  // Keyed by the change's script alone: all limiters here have the same script, with as many keys and values.
  const joined = new Map<Script, Script>()
  const joinedScript = (counting: Counting, change: Script): Script => {
    const script = joined.get(change) ?? behindCounting(counting, change)
    joined.set(change, script)
    return script
  }

  /** The limiter's own script, for takeInTurn, which runs it behind another limiter's. Kept, as `joined` goes by identity. */
  let counterScript: Script | undefined

  return {
    async take(name, identity) {
      const hashed = digests.sha256(identity)
      const answer = await asStoreFault(() => plainLimiterOf(name).limit(hashed))
      if (!hasCounted(name, answer)) throw wrongShape()
      return countOf(name, hashed, answer)
    },

    async takeInTurn(first, second) {
      const hashed = digests.sha256(second.identity)
      let counted: CountedChange<unknown> | undefined
      // The second limiter's script runs behind the first one's, and its answer goes to the second as if it had run alone.
      const behindFirst = handingOut(async ({ source, keys, args }) => {
        counterScript ??= { source }
        const change = { script: counterScript, keys, args, read: (answer: unknown) => answer }
        counted = await countAndMake(first.quota, first.identity, change, redis.run)
        return counted.kind === 'made' ? counted.outcome : NOT_COUNTED
      })
      const answer = await asStoreFault(() => limiterOf(second.quota, behindFirst).limit(hashed))
      if (counted?.kind === 'denied') return [counted.count, null]
      if (!counted?.count || !hasCounted(second.quota, answer)) throw wrongShape()
      return [counted.count, await countOf(second.quota, hashed, answer)]
    },

    async takeAndMake(name, identity, change) {
      try {
        return await countAndMake(name, identity, change)
      } catch (error) {
        // Perhaps only the answer was lost. Sent again with the counting, a made change could be denied: so it is sent alone.
        if (!(error instanceof StoreFault && error.kind === 'unreachable')) throw error
        return { kind: 'made', count: null, outcome: await redis.make(change) }
      }
    },

    make: redis.make,

    giveBack: ({ quota, identity }, resetsAt) =>
      asStoreFault(async () => {
        // Ratelimit goes by the same clock. A call of a window that is over weighs less with every second anyway.
        if (Date.now() >= resetsAt) return
        await plainLimiterOf(quota).limit(digests.sha256(identity), { rate: -1 })
      }),
  }

  async function countAndMake<Outcome>(
    name: QuotaName,
    identity: string,
    { script, keys, args, read }: Prepared<Outcome>,
    run: RedisDoor['runOnce'] = redis.runOnce,
  ): Promise<CountedChange<Outcome>> {
    let answered: CountedAnswer | undefined
    const client = handingOut(async (counting) => {
      answered = readCounted(
        await run(
          joinedScript(counting, script),
          [...counting.keys, ...keys],
          [...counting.args, ...args],
        ),
      )
      return answered.counted ?? NOT_COUNTED
    })
    const answer = await asStoreFault(() => limiterOf(name, client).limit(digests.sha256(identity)))
    if (!answered) throw wrongShape()
    const counts = hasCounted(name, answer)
    if (answered.kind === 'made') {
      const outcome = read(answered.change)
      return { kind: 'made', count: counts ? allowed(name, answer) : null, outcome }
    }
    if (!counts) throw wrongShape()
    return { kind: 'denied', count: denied(name, answer, answered.used) }
  }

  /** By `limit: 0`, or a `remaining` that is no whole number, Ratelimit says that it did not count. */
  function hasCounted(name: QuotaName, { limit, remaining }: Answer): boolean {
    return limit === quotas[name].max && Number.isInteger(remaining)
  }

  async function countOf(name: QuotaName, hashed: string, answer: Answer): Promise<Count> {
    if (answer.success) return allowed(name, answer)
    return denied(name, answer, await windowsUsed(name, hashed, answer.reset))
  }

  function allowed(name: QuotaName, { remaining, reset }: Answer): AllowedCount {
    return { quota: name, ...quotas[name], remaining, resetsAt: reset, retryAfter: null }
  }

  function denied(name: QuotaName, answer: Answer, used: WindowsUsed): DeniedCount {
    const now = Date.now()
    // A new window may have begun since the counting.
    const retryAfter = secondsUntilAllowed(quotas[name], usedAt(used, answer.reset, now), now)
    return { ...allowed(name, answer), retryAfter }
  }

  async function windowsUsed(name: QuotaName, hashed: string, reset: number): Promise<WindowsUsed> {
    const window = Math.round(reset / (quotas[name].window * 1000)) - 1
    const key = (number: number) => `${keys.limit(name)}:${hashed}:${number}`
    return readUsed(await redis.run(readValues, [key(window), key(window - 1)]))
  }
}
