/** Owns the peer better-auth: a Worker like ours, accounts in memory as it keeps them without a database, sessions in the same Redis as its secondary storage, no limiter. */

import { env } from 'cloudflare:workers'
import { Redis } from '@upstash/redis/cloudflare'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'

const { URL_OF_IT, SECRET, HASHING, REDIS_URL, REDIS_TOKEN } = env as unknown as Record<
  string,
  string
>
/** Made once, which is the quicker way. */
const redis = new Redis({
  url: REDIS_URL,
  token: REDIS_TOKEN,
  automaticDeserialization: false,
  enableTelemetry: false,
})

/** Only saves time where sessions are made to be ended. Signing in is measured with its own hash. */
const cheap = {
  hash: async (password: string) => `plain:${password}`,
  verify: async ({ hash, password }: { hash: string; password: string }) =>
    hash === `plain:${password}`,
}

const auth = betterAuth({
  baseURL: URL_OF_IT,
  secret: SECRET,
  secondaryStorage: {
    get: (key) => redis.get<string>(key),
    set: async (key, value, ttl) => {
      if (ttl) await redis.set(key, value, { ex: Math.ceil(ttl) })
      else await redis.set(key, value)
    },
    delete: async (key) => {
      await redis.del(key)
    },
  },
  emailAndPassword: { enabled: true, ...(HASHING === 'cheap' ? { password: cheap } : {}) },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
})

export default new Hono().on(['GET', 'POST'], '/api/auth/*', (c) => auth.handler(c.req.raw))
