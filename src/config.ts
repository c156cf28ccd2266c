/** Owns the reading of the environment: every setting, its default and its bounds, checked once. Never wires anything. */

import * as z from 'zod/mini'
import {
  audienceSetting,
  basePathSetting,
  issuerSetting,
  originForm,
  redisTokenSetting,
  redisUrlSetting,
  urlOf,
} from './config-addresses.ts'
import { clientsSetting } from './config-clients.ts'
import { refreshSecret, type SigningKeySetting, signingKeysSetting } from './config-keys.ts'
import { sentences } from './contract/mistakes.ts'
import type { ClientSetting } from './domain/client.ts'
import { commonPasswords } from './domain/common-passwords.ts'
import type { ReadConsistency } from './domain/liveness.ts'
import * as policy from './domain/policy.ts'
import type { Rules } from './domain/rules.ts'

z.config(sentences)

export interface Config {
  issuer: string
  audience: string
  /** '' or a path such as '/auth/v1', under which every endpoint lives. */
  basePath: string
  /** Where the endpoints are reached: the issuer, with the base path unless it ends in that already. */
  url: string
  clients: readonly ClientSetting[]
  signingKeys: readonly SigningKeySetting[]
  refreshSecrets: readonly string[]
  redis: { url: string; token: string; readConsistency: ReadConsistency }
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
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    super([`The configuration has ${count}:`, ...mistakes].join('\n- '))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

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

const choice = <const Choice extends string>(choices: readonly Choice[], standard: Choice) =>
  setting(z._default(z.enum(choices, `must be one of: ${choices.join(', ')}`), standard))

export const items = (text: string): string[] => text.split(/[\s,]+/).filter((item) => item !== '')

const origins = setting(
  z.pipe(
    z.pipe(z._default(z.string(), ''), z.transform(items)),
    z.array(z.string().check(originForm)),
  ),
)

const quota = (fallback: policy.Quota) =>
  setting(
    z.pipe(
      z._default(
        z
          .string()
          .check(
            z.regex(
              /^[1-9]\d{0,5}\/[1-9]\d{0,4}$/,
              "must be calls and seconds, such as '20/300', from 1/1 to 999999/99999",
            ),
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
/** A schema of their own: contradictions among these are told whatever else is wrong. */
const lifetimes = {
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
}
const schema = z.object({
  ISSUER: issuerSetting,
  AUDIENCE: setting(z._default(audienceSetting, policy.DEFAULT_AUDIENCE)),
  BASE_PATH: setting(z._default(basePathSetting, '' as string)),
  SIGNING_KEYS: signingKeysSetting,
  REFRESH_SECRETS: z.pipe(
    z.pipe(z.string('is missing: run `npm run keys` to make it'), z.transform(items)),
    z.array(refreshSecret).check(z.minLength(1, 'needs at least one secret')),
  ),
  UPSTASH_REDIS_REST_URL: redisUrlSetting,
  UPSTASH_REDIS_REST_TOKEN: redisTokenSetting,
  READ_CONSISTENCY: choice(['primary', 'replica'], 'primary'),
  ...lifetimes,
  SESSIONS_PER_USER: integer(policy.SESSIONS_PER_USER, 1, policy.SESSIONS_PER_USER_MAX),
  REFRESH_REUSE_WINDOW: integer(policy.REFRESH_REUSE_WINDOW, 0, policy.REFRESH_REUSE_WINDOW_MAX),
  REAUTHENTICATION_TTL: integer(policy.REAUTHENTICATION_TTL, 0, policy.SESSION_TTL_MAX),
  DEFAULT_LOGOUT_SCOPE: choice(['global', 'local'], 'global'),
  SIGN_UP: choice(['open', 'closed'], 'open'),
  PASSWORD_MIN_LENGTH: integer(policy.PASSWORD_MIN_LENGTH, 1, policy.PASSWORD_MIN_LENGTH_MAX),
  PASSWORD_BLOCKLIST: choice(['on', 'off'], 'on'),
  PASSWORD_BLOCKLIST_EXTRA: setting(
    z._default(z.string().check(z.maxLength(4096, 'must be at most 4096 characters')), ''),
  ),
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

/** Set anew for every start on a developer's machine: its address, its keys and its Redis. */
export const OF_THE_START: readonly string[] = [
  'ISSUER',
  'SIGNING_KEYS',
  'REFRESH_SECRETS',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
] satisfies (keyof typeof schema.shape)[]

/** The names of all other settings: a developer may choose these for a local start. */
export const choosableSettings = (): string[] =>
  Object.keys(schema.shape).filter((name) => !OF_THE_START.includes(name))

/** Of a list's item it says which one. */
const sentenceOf = ({ path: [name, place], message }: z.core.$ZodIssue): string =>
  `${String(name ?? 'the environment')}: ${typeof place === 'number' ? `item ${place + 1} ` : ''}${message}.`

/**
 * What readConfig would say of settings that are only a part of the environment. A setting that is left out is no mistake, but
 * its default can contradict another one, unless the setting may be set elsewhere.
 */
export function mistakesIn(
  settings: Readonly<Record<string, unknown>>,
  isElsewhere: (name: string) => boolean = () => false,
): string[] {
  const isThere = (name: unknown) => settings[String(name)] !== undefined
  const issues = schema.safeParse(settings).error?.issues ?? []
  const times = z.object(lifetimes).safeParse(settings).data
  // NaN is neither longer nor shorter than anything, so it contradicts nothing.
  for (const name of Object.keys(lifetimes) as (keyof typeof lifetimes)[])
    if (times !== undefined && !isThere(name) && isElsewhere(name)) times[name] = Number.NaN
  return [
    ...issues.filter(({ path }) => isThere(path[0])).map(sentenceOf),
    ...(times === undefined ? [] : contradictionsOf(times)),
  ]
}

/** Throws a ConfigError that names every mistake at once. */
export function readConfig(env: unknown): Config {
  const parsed = schema.safeParse(env)
  const times = z.object(lifetimes).safeParse(env)
  const mistakes = [
    ...(parsed.error?.issues ?? []).map(sentenceOf),
    ...(times.success ? contradictionsOf(times.data) : []),
  ]
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes)
  const { data } = parsed

  return deepFreeze({
    issuer: data.ISSUER,
    audience: data.AUDIENCE,
    basePath: data.BASE_PATH,
    url: urlOf(data.ISSUER, data.BASE_PATH),
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
        mayBeEmail: data.PASSWORD_BLOCKLIST === 'off',
      },
      statusList: { size: data.STATUS_LIST_SIZE & ~7, ttl: data.STATUS_LIST_TTL },
    },
  })
}

function contradictionsOf({
  ACCESS_TOKEN_TTL: access,
  SESSION_IDLE_TTL: idle,
  SESSION_ABSOLUTE_TTL: absolute,
}: Record<keyof typeof lifetimes, number>): string[] {
  return [
    ...(idle > absolute ? ['SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.'] : []),
    ...(idle <= access
      ? [
          'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
        ]
      : []),
  ]
}

function refusedPasswords(blocklist: 'on' | 'off', extra: string): ReadonlySet<string> {
  const own = items(extra.normalize('NFKC').toLowerCase())
  if (blocklist === 'off') return new Set(own)
  return own.length === 0 ? commonPasswords : new Set([...commonPasswords, ...own])
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null && !(part instanceof Set)) deepFreeze(part)
  return Object.freeze(value)
}
