/** Owns the reading of what a test's Redis holds: the whole of it, or one stream. Changes nothing. */

import type { RedisCase } from './redis-case.ts'

export type Contents = Record<string, unknown>

/** Every key with its value. `without` leaves keys out by how they begin. */
export async function contentsOf(
  redis: RedisCase,
  { without = [] }: { without?: string[] } = {},
): Promise<Contents> {
  const names = await keysOf(redis)
  const wanted = names.filter((name) => !without.some((start) => name.startsWith(start)))
  return Object.fromEntries(
    await Promise.all(wanted.map(async (name) => [name, await readKey(redis, name)])),
  )
}

/** Sorted. `pattern` is that of KEYS. */
export async function keysOf(redis: RedisCase, pattern = '*'): Promise<string[]> {
  return textsOf(await redis.look('KEYS', pattern)).toSorted()
}

async function readKey(redis: RedisCase, name: string): Promise<unknown> {
  const type = String(await redis.look('TYPE', name))
  switch (type) {
    case 'string':
      return redis.look('GET', name)
    case 'hash':
      return fieldsOf(textsOf(await redis.look('HGETALL', name)))
    case 'zset':
      return redis.look('ZRANGE', name, 0, -1, 'WITHSCORES')
    case 'stream':
      return entriesOf(redis, name)
    default:
      throw new Error(`${name} is a ${type}, which nothing here makes`)
  }
}

/** The fields of one entry of an audit stream. */
export type Entry = Record<string, string>

/** The entries of a stream, oldest first, without their ids. */
export async function entriesOf(redis: RedisCase, stream: string): Promise<Entry[]> {
  const found = await redis.look('XREVRANGE', stream, '+', '-')
  if (!Array.isArray(found)) throw new Error(`${stream} answered with no list`)
  return found.map(([, flat]: [string, unknown]) => fieldsOf(textsOf(flat))).toReversed()
}

export function textsOf(value: unknown): string[] {
  if (!Array.isArray(value)) throw new Error('Redis answered with no list')
  return value.map(String)
}

function fieldsOf(flat: string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? ''
  return fields
}

/** The ids of the sessions in a user's set. Its members also name the session's place in a status list. */
export const sessionsOf = async (redis: RedisCase, userId: string): Promise<string[]> =>
  textsOf(await redis.look('ZRANGE', `sessions:${userId}`, 0, -1)).map(
    (member) => member.split(' ')[0] ?? '',
  )
