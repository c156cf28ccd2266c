/** Owns the limiter's counters in Redis: finds, reads, breaks and mends them. Never touches another key. */

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

/** Makes Redis fail for the limiter of one identity, and nothing else: its counters become hashes. */
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

/** How many calls were counted in this window and the ones around it. */
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
