/** Owns the finding of the limiter's own counters in Redis, and the breaking of them alone. */

import { createHash } from 'node:crypto'
import type { QuotaName } from '../../src/domain/policy.ts'
import { keys } from '../../src/store/keys.ts'
import type { RedisCase } from './redis-case.ts'

const hashed = (identity: string) => createHash('sha256').update(identity).digest('base64url')

/** The counters of this window and the ones around it: the window may turn while a test runs. */
const counters = (quota: QuotaName, identity: string, window: number): string[] =>
  [-1, 0, 1].map(
    (by) =>
      `${keys.limit(quota)}:${hashed(identity)}:${Math.floor(Date.now() / 1000 / window) + by}`,
  )

/** Makes the limiter of one identity fail in Redis, and nothing else: its counters are no numbers any more. */
export async function breakCounter(
  redis: RedisCase,
  quota: QuotaName,
  identity: string,
  window = 300,
): Promise<void> {
  for (const counter of counters(quota, identity, window)) {
    await redis.look('DEL', counter)
    await redis.look('HSET', counter, 'broken', '1')
  }
}

/** Calls that were counted lately. */
export async function usedOf(
  redis: RedisCase,
  quota: QuotaName,
  identity: string,
  window = 300,
): Promise<number> {
  const counts = await Promise.all(
    counters(quota, identity, window).map((counter) => redis.look('GET', counter)),
  )
  return counts.reduce<number>((sum, count) => sum + Number(count ?? 0), 0)
}

export async function mendCounter(
  redis: RedisCase,
  quota: QuotaName,
  identity: string,
  window = 300,
): Promise<void> {
  for (const counter of counters(quota, identity, window)) await redis.look('DEL', counter)
}
