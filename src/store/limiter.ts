/** Owns the counting of calls with `@upstash/ratelimit`. What a full or dead limiter means is decided elsewhere. */

import { Ratelimit } from '@upstash/ratelimit'
import type { Counter } from '../domain/limiting.ts'
import type { Quota, QuotaName } from '../domain/policy.ts'
import type { Digests } from '../domain/ports.ts'
import { secondsUntilAllowed } from '../domain/sliding-window.ts'
import { values } from './answers.ts'
import { keys } from './keys.ts'
import { readValues } from './read-scripts.ts'
import { asStoreFault, type RedisDoor } from './redis.ts'
import { wrongShape } from './rest.ts'

/** What its sliding window asks of a client: its scripts, by hash and then by text. */
function scriptsOf({ send }: RedisDoor): ConstructorParameters<typeof Ratelimit>[0]['redis'] {
  const by = (name: string) => (script: string, keys: string[], args: unknown[]) =>
    send([name, script, String(keys.length), ...keys, ...args.map(String)])
  // Its type asks for the whole client, of which it uses these two.
  return { evalsha: by('EVALSHA'), eval: by('EVAL') } as never
}

export interface CounterOptions {
  redis: RedisDoor
  digests: Digests
  quotas: Record<QuotaName, Quota>
}

export function createCounter({ redis, digests, quotas }: CounterOptions): Counter {
  const limiters = new Map<QuotaName, Ratelimit>()
  const limiterOf = (name: QuotaName): Ratelimit => {
    const { max, window } = quotas[name]
    const limiter =
      limiters.get(name) ??
      new Ratelimit({
        redis: scriptsOf(redis),
        limiter: Ratelimit.slidingWindow(max, `${window} s`),
        prefix: keys.limit(name),
        // Its memory of a refusal lasts to the window's end, which would make the window jump instead of slide.
        ephemeralCache: false,
        // Its own time limit answers 'allowed'. Ours throws.
        timeout: 0,
        analytics: false,
        enableTelemetry: false,
      })
    limiters.set(name, limiter)
    return limiter
  }

  return {
    async take(name, identity) {
      const hashed = digests.sha256(identity)
      const quota = quotas[name]
      const answer = await asStoreFault(() => limiterOf(name).limit(hashed))
      // 'limit: 0' and a missing remainder are its ways of saying that it did not count.
      if (answer.limit !== quota.max || !Number.isInteger(answer.remaining)) throw wrongShape()
      const count = {
        quota: name,
        ...quota,
        remaining: answer.remaining,
        resetsAt: answer.reset,
        retryAfter: null,
      }
      if (answer.success) return count
      return { ...count, retryAfter: await retryAfter(name, quota, hashed, answer.reset) }
    },

    giveBack: (name, identity) =>
      asStoreFault(async () => {
        await limiterOf(name).limit(digests.sha256(identity), { rate: -1 })
      }),
  }

  async function retryAfter(name: QuotaName, quota: Quota, hashed: string, reset: number) {
    const length = quota.window * 1000
    const window = Math.round(reset / length) - 1
    const key = (number: number) => `${keys.limit(name)}:${hashed}:${number}`
    const [current, previous] = values(
      await redis.run(readValues, [key(window), key(window - 1)]),
      2,
    )
    const used = { current: Number(current ?? 0), previous: Number(previous ?? 0) }
    return secondsUntilAllowed(quota, used, Date.now())
  }
}
