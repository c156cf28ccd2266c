/** Owns a copy of all that a test's Redis holds, to be put back as an operator does with a backup. Not the logs, not the counters. */

import type { RedisCase } from './redis-case.ts'
import { contentsOf, textsOf } from './redis-contents.ts'

/** Restores what was there now, in the place of all that will be there then. Keys come back without their time limits. */
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
