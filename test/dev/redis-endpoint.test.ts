/** The local endpoint as the Upstash clients and a bare HTTP client see it, on every backend. */
import { Ratelimit } from '@upstash/ratelimit'
import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digests } from '../../src/crypto/digest.ts'
import { backends, openEndpoint } from '../support/backends.ts'

describe.each(backends)('on the $choice backend', ({ choice, isMissing }) => {
  let endpoint: Awaited<ReturnType<typeof openEndpoint>>
  let redis: Redis
  beforeAll(async () => {
    if (isMissing) return
    endpoint = await openEndpoint(choice)
    redis = new Redis({ url: endpoint.url, token: endpoint.token, enableTelemetry: false })
  })
  afterAll(() => endpoint?.close())

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(endpoint.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${endpoint.token}`, ...headers },
      body,
    })

  describe.skipIf(isMissing)('protocol', () => {
    test('no token, a wrong token, another method, another path', async () => {
      const bare = await fetch(endpoint.url, { method: 'POST', body: '["PING"]' })
      expect(bare.status).toBe(401)
      expect(await bare.json()).toEqual({ error: 'Unauthorized' })
      const wrong = await post('/pipeline', '[["PING"]]', { authorization: 'Bearer other' })
      expect(wrong.status).toBe(401)
      expect(await wrong.json()).toMatchObject({ error: expect.stringContaining('WRONGPASS') })
      expect((await fetch(endpoint.url)).status).toBe(405)
      expect((await post('/set/a/b', '[]')).status).toBe(404)
    })

    test.each([
      ['', 'not json'],
      ['', '{}'],
      ['', '[]'],
      ['/pipeline', '["GET","a"]'],
      ['/pipeline', '[]'],
      ['/multi-exec', 'null'],
    ])('a body that is no command: %s %s', async (path, body) => {
      const response = await post(path, body)
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ error: expect.stringMatching(/^ERR /) })
    })

    test('a body without end is refused', async () => {
      const response = await post('', JSON.stringify(['SET', 'big', 'x'.repeat(11 * 1024 * 1024)]))
      expect(response.status).toBe(413)
    })

    test('base64 on demand: every text but the status OK; numbers and nulls stay', async () => {
      const command = '["EVAL","return {\'OK\',1,false,{\'é\'}}","0"]'
      const plain = await post('', command)
      expect(await plain.json()).toEqual({ result: ['OK', 1, null, ['é']] })
      expect(plain.headers.get('upstash-sync-token')).toBeTruthy()
      const encoded = await post('', command, { 'upstash-encoding': 'base64' })
      expect(await encoded.json()).toEqual({ result: ['T0s=', 1, null, ['w6k=']] })
      const status = await post('', '["SET","a","b"]', { 'upstash-encoding': 'base64' })
      expect(await status.json()).toEqual({ result: 'OK' })
    })

    test('bits come back exact', async () => {
      await post(
        '/pipeline',
        '[["SETBIT","bits",0,1],["SETBIT","bits",15,1],["SETBIT","bits",9,1]]',
      )
      const response = await post('', '["GET","bits"]', { 'upstash-encoding': 'base64' })
      const { result } = (await response.json()) as { result: string }
      expect([...Buffer.from(result, 'base64')]).toEqual([0x80, 0x41])
    })

    test('errors: 400 for one command, in place within a pipeline, 400 for a broken transaction', async () => {
      const single = await post('', '["HGET","only-key"]')
      if (choice === 'server') expect(single.status).toBe(400)
      const list = '[["SET","text","x"],["INCR","text"],["GET","text"]]'
      const pipeline = await post('/pipeline', list)
      expect(await pipeline.json()).toEqual([
        { result: 'OK' },
        { error: 'ERR value is not an integer or out of range' },
        { result: 'x' },
      ])
      const broken = await post('/multi-exec', '[["SET","text","y"],["NOSUCHCOMMAND"]]')
      expect(broken.status).toBe(400)
      expect(await broken.json()).toEqual({ error: expect.stringMatching(/^EXECABORT/) })
      expect(await (await post('', '["GET","text"]')).json()).toEqual({ result: 'x' })
    })

    test('databases are apart', async () => {
      await post('/db/7', '["SET","where","seven"]')
      expect(await (await post('/db/8/', '["GET","where"]')).json()).toEqual({ result: null })
      const seven = await post('/db/7/pipeline', '[["GET","where"]]')
      expect(await seven.json()).toEqual([{ result: 'seven' }])
    })

    test('a script is known by the hash of its text as sent', async () => {
      const sent = "#!lua flags=allow-key-locking\nreturn redis.call('GET', KEYS[1])"
      const sha = digests.sha1Hex(sent)
      const unknown = await post('', JSON.stringify(['EVALSHA', sha, 1, 'where']))
      expect(unknown.status).toBe(400)
      expect(await unknown.json()).toEqual({
        error: 'NOSCRIPT No matching script. Please use EVAL.',
      })
      expect((await post('', JSON.stringify(['EVAL', sent, 1, 'where']))).status).toBe(200)
      expect((await post('', JSON.stringify(['EVALSHA', sha, 1, 'where']))).status).toBe(200)
      expect((await post('', JSON.stringify(['EVALSHA_RO', sha, 1, 'where']))).status).toBe(200)
    })

    test('a pipeline keeps its order with a new script in it', async () => {
      const script = `#!lua\nreturn redis.call('SET', KEYS[1], 'by a script')`
      const pipeline = [
        ['EVAL', script, 1, 'in-order'],
        ['GET', 'in-order'],
      ]
      const [, read] = (await (
        await post('/pipeline', JSON.stringify(pipeline))
      ).json()) as object[]
      expect(read).toEqual({ result: 'by a script' })
    })

    test.skipIf(choice === 'embedded')(
      'a script that Redis has lost is asked for again',
      async () => {
        const sent = `#!lua\nreturn 'still known'`
        const byHash = JSON.stringify(['EVALSHA', digests.sha1Hex(sent), 0])
        const inFull = JSON.stringify(['EVAL', sent, 0])
        expect((await post('', inFull)).status).toBe(200)
        expect((await post('', byHash)).status).toBe(200)
        // In a transaction commands reach Redis as they are.
        await post('/multi-exec', '[["SCRIPT","FLUSH"]]')
        expect(await (await post('', byHash)).json()).toEqual({
          error: 'NOSCRIPT No matching script. Please use EVAL.',
        })
        expect((await post('', inFull)).status).toBe(200)
        expect(await (await post('', byHash)).json()).toEqual({ result: 'still known' })
      },
    )

    test('a key that is not declared is refused, as Upstash does under key locking', async () => {
      const script = (first: string) => `${first}\nreturn redis.call('GET', 'undeclared')`
      const locked = await post(
        '',
        JSON.stringify(['EVAL', script('#!lua flags=allow-key-locking'), 0]),
      )
      expect(await locked.json()).toEqual({ error: expect.stringContaining('Dynamic keys') })
      const free = await post('', JSON.stringify(['EVAL', script('#!lua'), 0]))
      expect(await free.json()).toEqual({ result: null })
    })
  })

  describe.skipIf(isMissing)('the clients', () => {
    test('values, hashes, expiry, pipelines, transactions', async () => {
      await redis.set('json', { deep: [1, 'é', null] }, { ex: 60, nx: true })
      expect(await redis.set('json', 'other', { nx: true })).toBeNull()
      expect(await redis.get('json')).toEqual({ deep: [1, 'é', null] })
      expect(await redis.ttl('json')).toBe(60)
      expect(await redis.mget('json', 'missing')).toEqual([{ deep: [1, 'é', null] }, null])
      await redis.hset('hash', { one: 1, two: 'zwei' })
      expect(await redis.hgetall('hash')).toEqual({ one: 1, two: 'zwei' })
      expect(await redis.hgetall('missing')).toBeNull()
      expect(await redis.pipeline().set('ok', 'OK').get('ok').exec()).toEqual(['OK', 'OK'])
      expect(await redis.multi().incr('count').incr('count').exec()).toEqual([1, 2])
      expect(await redis.zadd('set', { score: 2, member: 'b' }, { score: 1, member: 'a' })).toBe(2)
      const latest = { byScore: true, rev: true, offset: 0, count: 1 } as const
      expect(await redis.zrange('set', '+inf', '-inf', latest)).toEqual(['b'])
      const trim = { type: 'MAXLEN', comparison: '=', threshold: 2 } as const
      for (const n of [1, 2, 3]) await redis.xadd('stream', '*', { n }, { trim })
      const entries = Object.values(await redis.xrevrange('stream', '+', '-', 5))
      expect(entries).toEqual([{ n: 3 }, { n: 2 }])
    })

    test('the sliding-window limiter counts, refuses and tells what remains', async () => {
      const limiter = new Ratelimit({
        redis,
        limiter: Ratelimit.slidingWindow(3, '5 m'),
        ephemeralCache: false,
      })
      const results: (readonly [boolean, number])[] = []
      for (let n = 0; n < 4; n++) {
        const { success, remaining } = await limiter.limit('someone')
        results.push([success, remaining])
      }
      expect(results).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ])
      expect(await limiter.getRemaining('someone')).toMatchObject({ remaining: 0, limit: 3 })
      expect(await limiter.getRemaining('another')).toMatchObject({ remaining: 3, limit: 3 })
    })
  })
})
