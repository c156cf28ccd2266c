/** Owns the floor: the least that a Worker with our Hono and jose does for a call with so many requests to Redis in a row. */

import { env } from 'cloudflare:workers'
import { scrypt } from 'node:crypto'
import { Hono, type MiddlewareHandler } from 'hono'
import { importJWK, jwtVerify } from 'jose'

const {
  ISSUER = '',
  PUBLIC_KEY = '{}',
  REDIS_URL = '',
  REDIS_TOKEN = '',
} = env as unknown as Record<string, string>
const key = await importJWK(JSON.parse(PUBLIC_KEY), 'ES256')

/** One command of four keys, which is what a check needs. */
async function askRedis(subject: string): Promise<unknown> {
  const response = await fetch(REDIS_URL, {
    method: 'POST',
    headers: { Authorization: `Bearer ${REDIS_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(['MGET', ...['a', 'b', 'c', 'd'].map((name) => `${name}:${subject}`)]),
  })
  return ((await response.json()) as { result: unknown }).result
}

const floor =
  (requests: number): MiddlewareHandler =>
  async (c) => {
    const [, text = ''] = (c.req.header('Authorization') ?? '').split(' ')
    const { payload } = await jwtVerify(text, key, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: ISSUER,
      audience: 'authenticated',
    })
    let found: unknown = null
    for (let i = 0; i < requests; i++) found = await askRedis(payload.sub ?? '')
    return c.json({ subject: payload.sub, found })
  }

/** As dear as the service's own hash of a password, after two requests to Redis and before a third. */
const hashed: MiddlewareHandler = async (c) => {
  const { password } = (await c.req.json()) as { password: string }
  await askRedis('limit')
  await askRedis('account')
  const options = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
  const hash = await new Promise<ArrayBufferView>((resolve, reject) => {
    scrypt(password, 'salt-of-the-floor', 32, options, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    )
  })
  await askRedis('session')
  return c.json({ bytes: hash.byteLength })
}

export default new Hono()
  .get('/0', floor(0))
  .get('/1', floor(1))
  .get('/2', floor(2))
  .post('/hash', hashed)
