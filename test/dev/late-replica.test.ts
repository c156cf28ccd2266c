/** A global database whose nearest replica is late, as the endpoint plays it. */
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backends, openEndpoint } from '../support/backends.ts'

const lateMs = 1000
const get = "#!lua flags=allow-key-locking\nreturn redis.call('GET', KEYS[1])"

describe.each(backends)('late replica on the $choice backend', ({ choice, isMissing }) => {
  let endpoint: Awaited<ReturnType<typeof openEndpoint>>
  let redis: Redis
  beforeAll(async () => {
    if (isMissing) return
    endpoint = await openEndpoint(choice)
    redis = new Redis({ url: `${endpoint.url}/db/1/late/${lateMs}`, token: endpoint.token })
  })
  afterAll(() => endpoint?.close())

  test.skipIf(isMissing)('a plain read is late, a script is not', async () => {
    await redis.set('mark', 'alive')
    expect(await redis.get('mark')).toBeNull()
    expect(await redis.mget('mark')).toEqual([null])
    expect(await redis.exists('mark')).toBe(0)
    expect(await redis.eval(get, ['mark'], [])).toBe('alive')
    expect(await redis.evalRo(get, ['mark'], [])).toBeNull()
    await pause(lateMs + 150)
    expect(await redis.get('mark')).toBe('alive')
    expect(await redis.evalRo(get, ['mark'], [])).toBe('alive')
  })

  test.skipIf(isMissing)('what a script or a transaction wrote arrives later as well', async () => {
    const write = "#!lua flags=allow-key-locking\nreturn redis.call('INCR', KEYS[1])"
    expect(await redis.eval(write, ['count'], [])).toBe(1)
    expect(await redis.multi().incr('count').exec()).toEqual([2])
    expect(await redis.get('count')).toBeNull()
    await pause(lateMs + 150)
    expect(await redis.get('count')).toBe(2)
  })
})
