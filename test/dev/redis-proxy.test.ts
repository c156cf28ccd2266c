/** The proxy between the tests and Redis: fresh databases, a true log, every fault. */
import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openEndpoint } from '../support/backends.ts'
import type { RedisRequest } from '../support/redis-log.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'

let endpoint: Awaited<ReturnType<typeof openEndpoint>>
let proxy: Awaited<ReturnType<typeof startRedisProxy>>
beforeAll(async () => {
  endpoint = await openEndpoint('embedded')
  proxy = await startRedisProxy({ upstream: endpoint })
})
afterAll(async () => {
  await proxy.close()
  await endpoint.close()
})

let url: string
let redis: Redis
let inspect: Redis
/** Milliseconds. Short only where the answer never comes. */
let patience: number
const openCase = async (options = {}): Promise<string> => {
  const response = await fetch(`${proxy.url}/cases`, {
    method: 'POST',
    body: JSON.stringify(options),
  })
  return ((await response.json()) as { url: string }).url
}
beforeEach(async () => {
  url = await openCase()
  patience = 10_000
  const options = { url, token: endpoint.token, retry: { retries: 0 }, enableTelemetry: false }
  redis = new Redis({ ...options, signal: () => AbortSignal.timeout(patience) })
  inspect = new Redis({ ...options, url: `${url}/~inspect` })
})

const log = async () => (await (await fetch(`${url}/~log`)).json()) as RedisRequest[]
const breakIt = (fault: object) =>
  fetch(`${url}/~fault`, { method: 'PUT', body: JSON.stringify(fault) })
const heal = () => fetch(`${url}/~fault`, { method: 'DELETE' })

test('each case has a database of its own', async () => {
  await redis.set('a', 1)
  const other = new Redis({ url: await openCase(), token: endpoint.token })
  expect(await other.get('a')).toBeNull()
})

test('a case can have a late replica', async () => {
  const late = new Redis({ url: await openCase({ lateMs: 5000 }), token: endpoint.token })
  await late.set('a', 1)
  expect(await late.get('a')).toBeNull()
})

test('the log names commands and script hashes, keeps inspections out, and clears', async () => {
  await Promise.all([redis.mget('a', 'b'), redis.get('c')])
  await redis.eval('return 1', [], [])
  await inspect.get('a')
  const entries = await log()
  expect(entries.map(({ path }) => path)).toEqual(['/pipeline', '/pipeline'])
  expect(entries.map(({ commands }) => commands)).toEqual([
    ['MGET', 'GET'],
    ['EVAL e0e1f9fabfc9d4800c877a703b823ac0578ff8db'],
  ])
  expect(JSON.stringify(entries)).not.toContain('"a"')
  await fetch(`${url}/~log`, { method: 'DELETE' })
  expect(await log()).toEqual([])
})

describe('faults', () => {
  test.each(['reset', 'hang', 'status-500'])(
    '%s: nothing is done, the call fails',
    async (kind) => {
      await breakIt({ kind })
      patience = 300
      await expect(redis.set('a', 1)).rejects.toThrow()
      expect(await inspect.get('a')).toBeNull()
      await heal()
      patience = 10_000
      expect(await redis.set('a', 1)).toBe('OK')
    },
  )

  test('late-answer: done, but the answer is lost', async () => {
    await breakIt({ kind: 'late-answer' })
    patience = 300
    await expect(redis.set('a', 1)).rejects.toThrow()
    expect(await inspect.get('a')).toBe(1)
  })

  test('half-pipeline: done, half of the answer', async () => {
    await breakIt({ kind: 'half-pipeline' })
    expect(await redis.pipeline().set('a', 1).set('b', 2).exec()).toEqual(['OK'])
    expect(await inspect.get('b')).toBe(2)
    const single = new Redis({ url, token: endpoint.token, enableAutoPipelining: false })
    await expect(single.get('a')).rejects.toThrow()
  })

  test('garbage: the client makes it a null without a word', async () => {
    await redis.set('a', 1)
    await breakIt({ kind: 'garbage' })
    expect(await redis.get('a')).toBeFalsy()
    expect(await redis.mget('a', 'b')).toBeFalsy()
  })

  test('after: so many requests still pass', async () => {
    await breakIt({ kind: 'reset', after: 2 })
    await redis.get('a')
    await redis.get('a')
    await expect(redis.get('a')).rejects.toThrow()
  })

  test('settled: waits for what Redis does though nobody waits for it any more', async () => {
    await breakIt({ kind: 'slow', ms: 500 })
    const given = fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${endpoint.token}` },
      body: '["SET","a","1"]',
      signal: AbortSignal.timeout(100),
    })
    await expect(given).rejects.toThrow('timeout')
    await fetch(`${url}/~settled`)
    expect(await inspect.get('a')).toBe(1)
  })

  test('an unknown fault is a mistake of the test', async () => {
    expect((await breakIt({ kind: 'gremlins' })).status).toBe(400)
  })
})
