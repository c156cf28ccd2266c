/** Owns a copy of what a test's Redis holds, put back as an operator restores a backup. Never of the logs or the counters. */

import type { RedisCase } from './redis-case.ts'
import { contentsOf, textsOf } from './redis-contents.ts'

/** Returns a function that brings the present contents back, and drops all later ones. Keys come back without expiry. */
export async function backUp(redis: RedisCase): Promise<() => Promise<void>> {
  const contents = await contentsOf(redis, { without: ['audit', 'limit:'] })
  return async () => {
    await redis.look('FLUSHDB')
    for (const [name, value] of Object.entries(contents)) await put(redis, name, value)
  }
}

async function put(redis: RedisCase, name: string, value: unknown): Promise<void> {
  if (typeof value === 'string') await redis.look('SET', name, value)
  else if (Array.isArray(value)) await redis.look('ZADD', name, ...scored(textsOf(value)))
  else
    await redis.look(
      'HSET',
      name,
      ...Object.entries(value ?? {})
        .flat()
        .map(String),
    )
}

/** ZRANGE tells a member and its score, ZADD takes a score and its member. */
const scored = (flat: string[]): string[] =>
  flat.flatMap((member, i) => (i % 2 === 0 ? [flat[i + 1] ?? '0', member] : []))
