/** Owns the reading of the environment: every setting, its default and its bounds, checked once. Never wires anything. */

import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { clientsSetting } from './config-clients.ts'
import type { ClientSetting } from './domain/client.ts'
import { commonPasswords } from './domain/common-passwords.ts'
import * as policy from './domain/policy.ts'
import type { Rules } from './domain/rules.ts'

z.config(en())

export interface Config {
  issuer: string
  audience: string
  /** '' or a path such as '/auth/v1', under which every endpoint lives. */
  basePath: string
  /** Where the endpoints are reached: the issuer, with the base path unless it ends in that already. */
  url: string
  clients: readonly ClientSetting[]
  signingKeys: readonly z.infer<typeof privateJwk>[]
  refreshSecrets: readonly string[]
  redis: { url: string; token: string; readConsistency: 'primary' | 'replica' }
  /** Seconds. */
  accessTokenTtl: number
  corsOrigins: readonly string[]
  quotas: Record<policy.QuotaName, policy.Quota>
  rules: Rules
}

/** One sentence a mistake; none of them repeats a value that may be a secret. */
export class ConfigError extends TypeError {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length} mistake(s):\n${mistakes.map((m) => `- ${m}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/, 'must be base64url'))
const privateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url,
  y: base64url,
  d: base64url,
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  alg: z._default(z.literal('ES256'), 'ES256'),
  use: z._default(z.literal('sig'), 'sig'),
})

/** A variable that is empty counts as left out: that is what a cleared setting looks like. wrangler.toml can have numbers. */
const setting = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.pipe(
    z.transform((value: unknown) =>
      value === '' ? undefined : typeof value === 'number' ? String(value) : value,
    ),
    schema,
  )

const integer = (fallback: number, min: number, max: number) =>
  setting(
    z.pipe(
      z.pipe(
        z._default(
          z.string().check(z.regex(/^\d{1,12}$/, 'must be a whole number')),
          String(fallback),
        ),
        z.transform(Number),
      ),
      z
        .number()
        .check(z.minimum(min, `must be at least ${min}`), z.maximum(max, `must be at most ${max}`)),
    ),
  )

const list = (text: string): string[] => text.split(/[\s,]+/).filter((item) => item !== '')

const origins = setting(
  z.pipe(
    z.pipe(z._default(z.string(), ''), z.transform(list)),
    z.array(
      z.string().check(
        z.refine(
          // No pattern either: an origin with a star in it would be accepted here and never match.
          (text) => URL.canParse(text) && new URL(text).origin === text && !text.includes('*'),
          "must be origins such as 'https://app.example.com', separated by commas",
        ),
      ),
    ),
  ),
)

const quota = (fallback: policy.Quota) =>
  setting(
    z.pipe(
      z._default(
        z
          .string()
          .check(
            z.regex(/^[1-9]\d{0,5}\/[1-9]\d{0,4}$/, "must be calls and seconds, such as '20/300'"),
          ),
        `${fallback.max}/${fallback.window}`,
      ),
      z.transform((text: string): policy.Quota => {
        const [max = 0, window = 0] = text.split('/').map(Number)
        return { max, window }
      }),
    ),
  )

const { QUOTAS } = policy
const schema = z.object({
  ISSUER: z.string('is missing: the URL at which this service is reached').check(
    z.refine((text) => URL.canParse(text) && /^https?:/.test(text), 'must be an http(s) URL'),
    z.refine((text) => !/[?#]|\/$/.test(text), 'must have no query, fragment or slash at its end'),
  ),
  AUDIENCE: setting(z._default(z.string(), 'authenticated')),
  BASE_PATH: setting(
    z._default(
      z.string().check(z.regex(/^(\/[A-Za-z0-9._~-]+)+$/, "must look like '/auth/v1'")),
      '' as string,
    ),
  ),
  SIGNING_KEYS: z.pipe(
    z.string('is missing: run `npm run keys` to make it'),
    z.transform((text: string, context): z.infer<typeof privateJwk>[] => {
      const keys = readJwks(text)
      if (keys) return keys
      context.issues.push({
        code: 'custom',
        input: '',
        message: 'must be a JSON Web Key Set of private P-256 keys, as `npm run keys` makes it',
      })
      return []
    }),
  ),
  REFRESH_SECRETS: z.pipe(
    z.pipe(z.string('is missing: run `npm run keys` to make it'), z.transform(list)),
    z
      .array(z.string().check(z.minLength(32, 'each secret needs at least 32 characters')))
      .check(z.minLength(1, 'needs at least one secret')),
  ),
  UPSTASH_REDIS_REST_URL: z
    .string('is missing: the REST URL of the Redis database')
    .check(
      z.refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http(s) URL'),
    ),
  UPSTASH_REDIS_REST_TOKEN: z
    .string('is missing: the REST token of the Redis database')
    .check(z.minLength(1, 'is empty')),
  READ_CONSISTENCY: setting(z._default(z.enum(['primary', 'replica']), 'primary')),
  ACCESS_TOKEN_TTL: integer(
    policy.ACCESS_TOKEN_TTL,
    policy.ACCESS_TOKEN_TTL_MIN,
    policy.ACCESS_TOKEN_TTL_MAX,
  ),
  SESSION_IDLE_TTL: integer(
    policy.SESSION_IDLE_TTL,
    policy.ACCESS_TOKEN_TTL_MIN,
    policy.SESSION_TTL_MAX,
  ),
  SESSION_ABSOLUTE_TTL: integer(
    policy.SESSION_ABSOLUTE_TTL,
    policy.ACCESS_TOKEN_TTL_MIN,
    policy.SESSION_TTL_MAX,
  ),
  SESSIONS_PER_USER: integer(policy.SESSIONS_PER_USER, 1, policy.SESSIONS_PER_USER_MAX),
  REFRESH_REUSE_WINDOW: integer(policy.REFRESH_REUSE_WINDOW, 0, policy.REFRESH_REUSE_WINDOW_MAX),
  REAUTHENTICATION_TTL: integer(policy.REAUTHENTICATION_TTL, 0, policy.SESSION_TTL_MAX),
  DEFAULT_LOGOUT_SCOPE: setting(z._default(z.enum(['local', 'others', 'global']), 'global')),
  SIGN_UP: setting(z._default(z.enum(['open', 'closed']), 'open')),
  PASSWORD_MIN_LENGTH: integer(policy.PASSWORD_MIN_LENGTH, 1, policy.PASSWORD_MIN_LENGTH_MAX),
  PASSWORD_BLOCKLIST: setting(z._default(z.enum(['on', 'off']), 'on')),
  PASSWORD_BLOCKLIST_EXTRA: setting(z._default(z.string().check(z.maxLength(4096)), '')),
  STATUS_LIST_SIZE: integer(
    policy.STATUS_LIST_SIZE,
    policy.STATUS_LIST_SIZE_MIN,
    policy.STATUS_LIST_SIZE_MAX,
  ),
  STATUS_LIST_TTL: integer(
    policy.STATUS_LIST_TTL,
    policy.STATUS_LIST_TTL_MIN,
    policy.STATUS_LIST_TTL_MAX,
  ),
  CLIENTS: setting(clientsSetting),
  CORS_ORIGINS: origins,
  LIMIT_LOGOUT: quota(QUOTAS.logout),
  LIMIT_SIGN_IN_ACCOUNT: quota(QUOTAS.sign_in_account),
  LIMIT_SIGN_IN_ADDRESS: quota(QUOTAS.sign_in_address),
  LIMIT_SIGN_UP_ADDRESS: quota(QUOTAS.sign_up_address),
  LIMIT_REAUTHENTICATE: quota(QUOTAS.reauthenticate),
  LIMIT_CHANGE_ACCOUNT: quota(QUOTAS.change_account),
  LIMIT_REFRESH: quota(QUOTAS.refresh),
})

/** Throws a ConfigError that names every mistake at once. */
export function readConfig(env: unknown): Config {
  const parsed = schema.safeParse(env)
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(
        ({ path, message }) => `${String(path[0] ?? 'the environment')}: ${message}.`,
      ),
    )
  const { data } = parsed
  if (data.SESSION_IDLE_TTL > data.SESSION_ABSOLUTE_TTL)
    throw new ConfigError(['SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.'])
  if (data.SESSION_IDLE_TTL <= data.ACCESS_TOKEN_TTL)
    throw new ConfigError([
      'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
    ])

  return deepFreeze({
    issuer: data.ISSUER,
    audience: data.AUDIENCE,
    basePath: data.BASE_PATH,
    url: data.ISSUER.endsWith(data.BASE_PATH) ? data.ISSUER : data.ISSUER + data.BASE_PATH,
    clients: data.CLIENTS,
    signingKeys: data.SIGNING_KEYS,
    refreshSecrets: data.REFRESH_SECRETS,
    redis: {
      url: data.UPSTASH_REDIS_REST_URL,
      token: data.UPSTASH_REDIS_REST_TOKEN,
      readConsistency: data.READ_CONSISTENCY,
    },
    accessTokenTtl: data.ACCESS_TOKEN_TTL,
    corsOrigins: data.CORS_ORIGINS,
    quotas: {
      logout: data.LIMIT_LOGOUT,
      sign_in_account: data.LIMIT_SIGN_IN_ACCOUNT,
      sign_in_address: data.LIMIT_SIGN_IN_ADDRESS,
      sign_up_address: data.LIMIT_SIGN_UP_ADDRESS,
      reauthenticate: data.LIMIT_REAUTHENTICATE,
      change_account: data.LIMIT_CHANGE_ACCOUNT,
      refresh: data.LIMIT_REFRESH,
    },
    rules: {
      sessions: {
        idle: data.SESSION_IDLE_TTL * 1000,
        absolute: data.SESSION_ABSOLUTE_TTL * 1000,
        reuseWindow: data.REFRESH_REUSE_WINDOW * 1000,
        perUser: data.SESSIONS_PER_USER,
      },
      reauthentication: data.REAUTHENTICATION_TTL * 1000,
      defaultLogoutScope: data.DEFAULT_LOGOUT_SCOPE,
      signUpOpen: data.SIGN_UP === 'open',
      password: {
        minLength: data.PASSWORD_MIN_LENGTH,
        refused: refusedPasswords(data.PASSWORD_BLOCKLIST, data.PASSWORD_BLOCKLIST_EXTRA),
      },
      statusList: { size: data.STATUS_LIST_SIZE & ~7, ttl: data.STATUS_LIST_TTL },
    },
  })
}

function readJwks(text: string): z.infer<typeof privateJwk>[] | null {
  try {
    const parsed = z
      .object({ keys: z.array(privateJwk).check(z.minLength(1), z.maxLength(16)) })
      .safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.keys : null
  } catch {
    return null
  }
}

function refusedPasswords(blocklist: 'on' | 'off', extra: string): ReadonlySet<string> | null {
  if (blocklist === 'off') return null
  const own = list(extra.normalize('NFKC').toLowerCase())
  return own.length === 0 ? commonPasswords : commonPasswords.union(new Set(own))
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null && !(part instanceof Set)) deepFreeze(part)
  return Object.freeze(value)
}
