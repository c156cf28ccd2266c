/** Owns what a test stands on: the whole service with a Redis database of its own, a clock to turn, and people to call it. */

import type { Hono } from 'hono'
import { expect, inject } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { TokenBody } from '../../src/contract/answers.ts'
import { createAccessTokens, type Mint } from '../../src/crypto/access-token.ts'
import { generateSigningKey, importSigningKeys } from '../../src/crypto/signing-keys.ts'
import type { ScryptCost } from '../../src/domain/policy.ts'
import type { AppEnv, LogLine, Services } from '../../src/http/environment.ts'
import { createServices } from '../../src/worker.ts'
import { openCase, type RedisCase } from './redis-case.ts'

export const ISSUER = 'https://auth.example.com'
export const PASSWORD = 'correct horse battery'

/** A cost that only saves time where a test is not about passwords; the code is the same. */
export const CHEAP: ScryptCost = { N: 2, r: 1, p: 1 }

/** The signing key of every street whose `env` has no other. */
export const signingKey = await generateSigningKey()

export interface Call {
  token?: string | undefined
  /** An object goes as JSON, a text and bytes as they are. */
  body?: unknown
  headers?: Record<string, string>
  ip?: string
}

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface Street {
  app: Hono<AppEnv>
  /** For a test that makes another app with them, or mounts one. */
  services: Services
  redis: RedisCase
  logs: LogLine[]
  clock: { now: number; pass: (seconds: number) => void }
  mint: Mint
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** A whole request, as the runtime hands it over. */
  fetch: (request: Request) => Promise<Response>
  serviceToken: () => Promise<string>
  signUp: (email?: string) => Promise<Person>
  signIn: (person: { email: string; password?: string }, call?: Call) => Promise<TokenBody>
  refresh: (refreshToken: string) => Promise<Answer>
  /** Waits for the work that answers left to waitUntil. */
  settled: () => Promise<void>
}

export interface Person extends TokenBody {
  email: string
  password: string
}

export interface StreetOptions {
  env?: Record<string, string>
  /** Milliseconds by which replicas are behind. */
  lateMs?: number
  scrypt?: ScryptCost
  /** Milliseconds. @default PATIENT */
  redisTimeout?: number
  basePath?: string
  /** A database that is open already: two streets on one are two deployments of one service. */
  redis?: RedisCase
}

/** Longer than the product waits for Redis, shorter than a request may take: a busy machine may fail only tests of faults. */
const PATIENT = 2_400

/** Kept before a test fakes the timers: faked ones are for its browser, while the service waits by real ones. */
const { setTimeout: realTimeout } = globalThis
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => realTimeout(resolve, ms))

let people = 0

export async function openStreet(options: StreetOptions = {}): Promise<Street> {
  const redis = options.redis ?? (await openCase(options.lateMs))
  const config = readConfig({
    ISSUER,
    SIGNING_KEYS: JSON.stringify({ keys: [signingKey] }),
    REFRESH_SECRETS: 'a-secret-of-the-tests-that-is-long-enough',
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: inject('redis').token,
    ...options.env,
  })
  const clock = {
    now: Date.now(),
    pass: (seconds: number) => {
      clock.now += seconds * 1000
    },
  }
  const logs: LogLine[] = []
  const services = await createServices(config, {
    now: () => clock.now,
    pause,
    log: (line) => logs.push(line),
    version: 'test',
    scrypt: options.scrypt ?? CHEAP,
    redisTimeout: options.redisTimeout ?? PATIENT,
  })
  const app = createApp(services, { basePath: options.basePath ?? config.basePath })
  const mint = createAccessTokens({
    keys: await importSigningKeys(config.signingKeys),
    issuer: ISSUER,
    url: config.url,
    audience: config.audience,
    ttl: config.accessTokenTtl,
    newId: () => crypto.randomUUID(),
  })

  const afterwards: Promise<unknown>[] = []
  const context = {
    waitUntil: (work: Promise<unknown>) => void afterwards.push(work),
    passThroughOnException: () => {},
    props: {},
  }

  const call: Street['call'] = async (method, path, { token, body, headers, ip } = {}) => {
    const isReady = typeof body === 'string' || body instanceof Uint8Array
    const response = await app.request(
      path,
      {
        method,
        headers: {
          'CF-Connecting-IP': ip ?? '203.0.113.7',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(typeof body === 'object' && !isReady ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isReady ? body : JSON.stringify(body) }),
      },
      {},
      context,
    )
    const text = await response.text()
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : { text },
    }
  }

  const street: Street = {
    app,
    services,
    redis,
    logs,
    clock,
    mint,
    call,
    fetch: async (request) => app.request(request, undefined, {}, context),
    serviceToken: () => mint.signService(3600, clock.now),
    async signUp(email = `person-${++people}-${crypto.randomUUID().slice(0, 8)}@example.com`) {
      const answer = await call('POST', '/signup', {
        body: { email, password: PASSWORD },
        ip: `198.51.100.${people % 250}`,
      })
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return { ...(answer.body as unknown as TokenBody), email, password: PASSWORD }
    },
    async signIn({ email, password = PASSWORD }, more = {}) {
      const answer = await call('POST', '/token?grant_type=password', {
        body: { email, password },
        ip: `198.51.100.${++people % 250}`,
        ...more,
      })
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body as unknown as TokenBody
    },
    refresh: (refreshToken) =>
      call('POST', '/token?grant_type=refresh_token', { body: { refresh_token: refreshToken } }),
    async settled() {
      await Promise.all(afterwards.splice(0))
    },
  }
  return street
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
}
