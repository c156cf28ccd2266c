/** Owns the peer better-auth: on Node, accounts in its memory adapter, sessions in Redis as its secondary storage, no limiter. */

import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { Redis } from 'ioredis'

const [port = '', redisPort = '', secret = '', hashing = ''] = process.argv.slice(2)
const redis = new Redis(Number(redisPort), '127.0.0.1', { db: 2 })

/** Only saves time where sessions are made to be ended. Signing in is measured with its own hash. */
const cheap = {
  hash: async (password: string) => `plain:${password}`,
  verify: async ({ hash, password }: { hash: string; password: string }) =>
    hash === `plain:${password}`,
}

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret,
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  secondaryStorage: {
    get: (key) => redis.get(key),
    set: async (key, value, ttl) => {
      if (ttl) await redis.set(key, value, 'EX', Math.ceil(ttl))
      else await redis.set(key, value)
    },
    delete: async (key) => {
      await redis.del(key)
    },
  },
  emailAndPassword: { enabled: true, ...(hashing === 'cheap' ? { password: cheap } : {}) },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
})

createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1')
