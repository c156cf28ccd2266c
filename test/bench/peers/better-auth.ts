/**
 * Owns the peer better-auth: a Worker like ours, without a limiter. It has no database, so that it keeps accounts in memory, and
 * sessions in the same Redis as its secondary storage.
 */

import { env } from 'cloudflare:workers'
import { Redis } from '@upstash/redis/cloudflare'
import { betterAuth } from 'better-auth'
import { Hono } from 'hono'

const { URL_OF_IT, SECRET, HASHING, REDIS_URL, REDIS_TOKEN } = env as unknown as Record<
  string,
  string
>
/** One client for all requests, which is quicker. */
const redis = new Redis({
  url: REDIS_URL,
  token: REDIS_TOKEN,
  automaticDeserialization: false,
  enableTelemetry: false,
})

/** Saves time where sessions are made only to be ended. Sign-ins are measured with better-auth's own hash. */
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
