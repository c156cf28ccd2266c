/** Owns the front door: the only reader of the Worker's environment, where policy meets Redis and the keys. */

import type { ExecutionContext, Hono } from 'hono'
import { createApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { createAccessTokens } from './crypto/access-token.ts'
import { createClients } from './crypto/clients.ts'
import { digests } from './crypto/digest.ts'
import { createHashingTurns, type Time } from './crypto/hashing-turns.ts'
import { createPasswords } from './crypto/password-hash.ts'
import { createRefreshTokens } from './crypto/refresh-token.ts'
import { importSigningKeys, SigningKeysError } from './crypto/signing-keys.ts'
import { createStatusListTokens } from './crypto/status-list-token.ts'
import { REDIS_TIMEOUT_MS, SCRYPT, type ScryptCost } from './domain/policy.ts'
import type { AppEnv, LogLine, Services } from './http/environment.ts'
import { MISCONFIGURED, problemBody } from './http/problem.ts'
import { createAccounts } from './store/accounts.ts'
import { createAuditLog } from './store/audit.ts'
import { createCounter } from './store/counter.ts'
import { createEndedSessions } from './store/ended-sessions.ts'
import { openRedis } from './store/redis.ts'
import { createRefreshFacts } from './store/refresh-facts.ts'
import { createSessions } from './store/sessions.ts'
import { createStatusLists } from './store/status-lists.ts'

export type { AppEnv, Config, LogLine, ScryptCost, Services }
/** For an app that mounts this one, besides createServices below; and the types by which it exports what it made of them. */
export { createApp, readConfig }

export interface Surroundings extends Time {
  log: (line: LogLine) => void
  version: string
  scrypt: ScryptCost
  /** Milliseconds that one call to Redis may take. */
  redisTimeout: number
}

const HERE: Surroundings = {
  now: () => Date.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  // One line of JSON; the level also picks the stream, which is what Workers Logs goes by.
  log: (line) => console[line.level](JSON.stringify(line)),
  version: 'unversioned',
  scrypt: SCRYPT,
  redisTimeout: REDIS_TIMEOUT_MS,
}

/** Everything that createApp needs, from a checked configuration. One of these serves a whole isolate. */
export async function createServices(
  config: Config,
  surroundings: Partial<Surroundings> = {},
): Promise<Services> {
  const { now, pause, log, version, scrypt, redisTimeout } = { ...HERE, ...surroundings }
  const newId = () => crypto.randomUUID()
  const keys = await importSigningKeys(config.signingKeys)
  const { readConsistency } = config.redis
  const redis = openRedis({ ...config.redis, timeout: redisTimeout, digests })
  return {
    ports: {
      accounts: createAccounts({ redis, digests }),
      sessions: createSessions({
        redis,
        limits: config.rules.sessions,
        digests,
        readConsistency,
        statusListSize: config.rules.statusList.size,
      }),
      endedSessions: createEndedSessions(),
      statusLists: createStatusLists({ redis }),
      statusListTokens: createStatusListTokens({
        keys,
        issuer: config.issuer,
        url: config.url,
        ttl: config.rules.statusList.ttl,
      }),
      refreshFacts: createRefreshFacts({ redis }),
      clients: createClients(config.clients),
      auditLog: createAuditLog({ redis }),
      accessTokens: createAccessTokens({
        keys,
        issuer: config.issuer,
        url: config.url,
        audience: config.audience,
        ttl: config.accessTokenTtl,
        newId,
      }),
      refreshTokens: createRefreshTokens(config.refreshSecrets),
      passwords: createPasswords(scrypt, createHashingTurns({ now, pause }, scrypt)),
      newId,
      draw: (count, below) =>
        Array.from(crypto.getRandomValues(new Uint32Array(count)), (number) => number % below),
    },
    counter: createCounter({ redis, digests, quotas: config.quotas }),
    rules: config.rules,
    issuer: config.issuer,
    url: config.url,
    audience: config.audience,
    corsOrigins: config.corsOrigins,
    publicJwks: keys.publicJwks,
    version,
    redisFault: redis.fault,
    now,
    log,
  }
}

/** Kept for the isolate. The app itself, never the promise of it: another request's promise may never resolve. */
let built: { env: unknown; app: Hono<AppEnv> } | null = null

async function appFor(env: Env): Promise<Hono<AppEnv>> {
  if (built?.env === env) return built.app
  const config = readConfig(env)
  const version = env.CF_VERSION_METADATA?.id || 'development'
  const app = createApp(await createServices(config, { version }), { basePath: config.basePath })
  built = { env, app }
  return app
}

interface Env {
  CF_VERSION_METADATA?: { id: string }
}

/** Without the global types of Workers: whoever imports the package elsewhere compiles the declarations of this file too. */
export interface FrontDoor {
  fetch(request: Request, env: object, context: ExecutionContext): Promise<Response>
}

const frontDoor: FrontDoor = {
  async fetch(request, env: Env, context) {
    try {
      return (await appFor(env)).fetch(request, env, context)
    } catch (error) {
      return misconfigured(error)
    }
  },
}

export default frontDoor satisfies ExportedHandler<Env>

function misconfigured(error: unknown): Response {
  const line = { level: 'error', event: MISCONFIGURED.code, mistakes: mistakesOf(error) }
  console.error(JSON.stringify(line))
  const { status } = MISCONFIGURED
  return Response.json(problemBody(MISCONFIGURED, false), {
    status,
    headers: { 'Cache-Control': 'no-store' },
  })
}

/** Sentences of ours; anything else might quote what it failed on. */
function mistakesOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.mistakes
  if (error instanceof SigningKeysError) return [error.message]
  return [
    'The service could not be started, and not for a mistake in its settings that it knows of.',
  ]
}
