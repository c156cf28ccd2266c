/** The reading of the environment: every setting, its standard, its bounds, and the sentence for each mistake. */

import { beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, mistakesIn, readConfig } from '../src/config.ts'
import { generateSigningKey, type PrivateJwk } from '../src/crypto/signing-keys.ts'
import * as policy from '../src/domain/policy.ts'

let key: PrivateJwk
let good: Record<string, string>
beforeAll(async () => {
  key = await generateSigningKey()
  good = {
    ISSUER: 'https://auth.example.com',
    SIGNING_KEYS: JSON.stringify({ keys: [key] }),
    REFRESH_SECRETS: 'r'.repeat(32),
    UPSTASH_REDIS_REST_URL: 'https://eu1-a-database.upstash.io',
    UPSTASH_REDIS_REST_TOKEN: 'a-rest-token-of-a-database',
  }
})

/** The sentences about an environment that differs in this; none when it is fine. */
function mistakes(difference: Record<string, unknown>): readonly string[] {
  try {
    readConfig({ ...good, ...difference })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.message.split('\n')).toHaveLength(1 + error.mistakes.length)
    return error.mistakes
  }
}
const read = (difference: Record<string, unknown> = {}) => readConfig({ ...good, ...difference })

describe('what is left out', () => {
  test('has the standard of the policy', () => {
    const config = read()
    expect(config).toMatchObject({
      issuer: good.ISSUER,
      audience: 'authenticated',
      basePath: '',
      refreshSecrets: [good.REFRESH_SECRETS],
      redis: {
        url: good.UPSTASH_REDIS_REST_URL,
        token: good.UPSTASH_REDIS_REST_TOKEN,
        readConsistency: 'primary',
      },
      accessTokenTtl: policy.ACCESS_TOKEN_TTL,
      corsOrigins: [],
      quotas: policy.QUOTAS,
    })
    expect(config.signingKeys).toEqual([key])
    const { password, ...rules } = config.rules
    expect(rules).toEqual({
      sessions: {
        idle: policy.SESSION_IDLE_TTL * 1000,
        absolute: policy.SESSION_ABSOLUTE_TTL * 1000,
        reuseWindow: policy.REFRESH_REUSE_WINDOW * 1000,
        perUser: policy.SESSIONS_PER_USER,
      },
      reauthentication: policy.REAUTHENTICATION_TTL * 1000,
      defaultLogoutScope: 'global',
      signUpOpen: true,
      statusList: { size: policy.STATUS_LIST_SIZE, ttl: policy.STATUS_LIST_TTL },
    })
    expect(password.minLength).toBe(policy.PASSWORD_MIN_LENGTH)
    expect(password.refused?.has('password123')).toBe(true)
  })

  test('is the same as what is empty', () => {
    const optional = [
      'AUDIENCE',
      'BASE_PATH',
      'READ_CONSISTENCY',
      'ACCESS_TOKEN_TTL',
      'SESSION_IDLE_TTL',
      'SESSION_ABSOLUTE_TTL',
      'SESSIONS_PER_USER',
      'REFRESH_REUSE_WINDOW',
      'REAUTHENTICATION_TTL',
      'DEFAULT_LOGOUT_SCOPE',
      'SIGN_UP',
      'PASSWORD_MIN_LENGTH',
      'PASSWORD_BLOCKLIST',
      'PASSWORD_BLOCKLIST_EXTRA',
      'CORS_ORIGINS',
      'LIMIT_LOGOUT',
      'LIMIT_SIGN_IN_ACCOUNT',
      'LIMIT_SIGN_IN_ADDRESS',
      'LIMIT_SIGN_UP_ADDRESS',
      'LIMIT_REAUTHENTICATE',
      'LIMIT_CHANGE_ACCOUNT',
      'LIMIT_REFRESH',
      'STATUS_LIST_SIZE',
      'STATUS_LIST_TTL',
      'CLIENTS',
    ]
    expect(read(Object.fromEntries(optional.map((name) => [name, ''])))).toEqual(read())
  })

  test('is named, one sentence each, when it has no standard', () => {
    const error = (() => {
      try {
        return readConfig({})
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as ConfigError).mistakes).toEqual([
      'ISSUER: is missing: the URL at which this service is reached.',
      'SIGNING_KEYS: is missing: run `npm run keys` to make it.',
      'REFRESH_SECRETS: is missing: run `npm run keys` to make it.',
      'UPSTASH_REDIS_REST_URL: is missing: the REST URL of the Redis database.',
      'UPSTASH_REDIS_REST_TOKEN: is missing: the REST token of the Redis database.',
    ])
    expect((error as ConfigError).message).toMatch(/^The configuration has 5 mistakes:\n- ISSUER/)
    expect(() => read({ ISSUER: '' })).toThrow(/^The configuration has 1 mistake:\n- ISSUER/)
  })

  test.each([undefined, null, 'text', 7, []])(
    'an environment that is %j is a mistake, not a crash',
    (env) => {
      expect(() => readConfig(env)).toThrow(ConfigError)
    },
  )
})

describe('a part of the environment', () => {
  test('has the mistakes of what is there, in the same words', () => {
    expect(mistakesIn({})).toEqual([])
    expect(mistakesIn(good)).toEqual([])
    const wrong = { ISSUER: '', SIGNING_KEYS: '{', ACCESS_TOKEN_TTL: 60, CLIENTS: [], SIGN_UP: '' }
    expect(mistakesIn(wrong)).toEqual(mistakes(wrong))
    expect(mistakesIn(wrong)).toHaveLength(4)
    expect(mistakesIn({ UPSTASH_REDIS_REST_TOKEN: undefined })).toEqual([])
  })

  const idle = { SESSION_IDLE_TTL: '600' }
  const contradiction = [
    'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
  ]

  test('contradicts itself by the standard of what is left out', () => {
    expect(mistakesIn(idle)).toEqual(contradiction)
    expect(mistakesIn({ ...idle, ACCESS_TOKEN_TTL: '' })).toEqual(contradiction)
    expect(mistakesIn({ ...idle, ACCESS_TOKEN_TTL: '599' })).toEqual([])
    expect(mistakesIn({ SESSION_ABSOLUTE_TTL: '86400' })).toEqual([
      'SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.',
    ])
  })

  test('does not contradict what may be set elsewhere', () => {
    expect(mistakesIn(idle, () => true)).toEqual([])
    expect(mistakesIn(idle, (name) => name === 'SESSION_ABSOLUTE_TTL')).toEqual(contradiction)
    expect(mistakesIn({ ...idle, ACCESS_TOKEN_TTL: '600' }, () => true)).toEqual(contradiction)
    expect(mistakesIn({ SIGN_UP: 'maybe' }, () => true)).toHaveLength(1)
  })
})

describe('whole numbers', () => {
  type Pick = (config: ReturnType<typeof readConfig>) => number
  const numbers: [string, number, number, Pick, Record<string, string>?][] = [
    [
      'ACCESS_TOKEN_TTL',
      policy.ACCESS_TOKEN_TTL_MIN,
      policy.ACCESS_TOKEN_TTL_MAX,
      (config) => config.accessTokenTtl,
    ],
    [
      'SESSION_IDLE_TTL',
      policy.ACCESS_TOKEN_TTL_MIN,
      policy.SESSION_TTL_MAX,
      (config) => config.rules.sessions.idle / 1000,
      { SESSION_ABSOLUTE_TTL: String(policy.SESSION_TTL_MAX), ACCESS_TOKEN_TTL: '91' },
    ],
    [
      'SESSION_ABSOLUTE_TTL',
      policy.ACCESS_TOKEN_TTL_MIN,
      policy.SESSION_TTL_MAX,
      (config) => config.rules.sessions.absolute / 1000,
      { SESSION_IDLE_TTL: '92', ACCESS_TOKEN_TTL: '91' },
    ],
    [
      'SESSIONS_PER_USER',
      1,
      policy.SESSIONS_PER_USER_MAX,
      (config) => config.rules.sessions.perUser,
    ],
    [
      'REFRESH_REUSE_WINDOW',
      0,
      policy.REFRESH_REUSE_WINDOW_MAX,
      (config) => config.rules.sessions.reuseWindow / 1000,
    ],
    [
      'REAUTHENTICATION_TTL',
      0,
      policy.SESSION_TTL_MAX,
      (config) => config.rules.reauthentication / 1000,
    ],
    [
      'PASSWORD_MIN_LENGTH',
      1,
      policy.PASSWORD_MIN_LENGTH_MAX,
      (config) => config.rules.password.minLength,
    ],
  ]

  test.each(numbers)('%s: from %i to %i', (name, min, max, pick, more = {}) => {
    // Two bounds are out of reach because another setting would contradict them.
    const lowest = name.startsWith('SESSION_') ? min + 1 : min
    for (const value of [lowest, max])
      expect(pick(read({ ...more, [name]: String(value) }))).toBe(value)
    expect(mistakes({ ...more, [name]: String(max + 1) })).toEqual([
      `${name}: must be at most ${max}.`,
    ])
    if (min > 0)
      expect(mistakes({ ...more, [name]: String(min - 1) })).toEqual([
        `${name}: must be at least ${min}.`,
      ])
    for (const wrong of [
      '-1',
      '1.5',
      '1e3',
      '0x10',
      ' 100',
      '100 ',
      '100s',
      'abc',
      'Infinity',
      '9'.repeat(13),
    ])
      expect(mistakes({ ...more, [name]: wrong }), wrong).toEqual([
        `${name}: must be a whole number.`,
      ])
  })

  test('may be numbers, as wrangler.toml can have them', () => {
    expect(read({ ACCESS_TOKEN_TTL: 600 }).accessTokenTtl).toBe(600)
    expect(mistakes({ ACCESS_TOKEN_TTL: 1.5 })).toEqual([
      'ACCESS_TOKEN_TTL: must be a whole number.',
    ])
    expect(mistakes({ ACCESS_TOKEN_TTL: true })).toHaveLength(1)
  })

  test.each([
    [
      { SESSION_IDLE_TTL: '1000', SESSION_ABSOLUTE_TTL: '999' },
      'SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.',
    ],
    [
      { SESSION_IDLE_TTL: '900' },
      'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
    ],
    [
      { ACCESS_TOKEN_TTL: '86400', SESSION_IDLE_TTL: '86400' },
      'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
    ],
  ])('%j contradict each other', (difference, sentence) => {
    expect(mistakes(difference)).toEqual([sentence])
  })

  test('are told of together with the other mistakes, and with one another', () => {
    const times = {
      ACCESS_TOKEN_TTL: '2000',
      SESSION_IDLE_TTL: '1000',
      SESSION_ABSOLUTE_TTL: '999',
    }
    expect(mistakes({ ...times, SIGN_UP: 'maybe' })).toEqual([
      'SIGN_UP: must be one of: open, closed.',
      'SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.',
      'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.',
    ])
  })

  test('that are only just right together are right', () => {
    expect(mistakes({ SESSION_IDLE_TTL: '901', SESSION_ABSOLUTE_TTL: '901' })).toEqual([])
  })
})

describe('limits', () => {
  const names = {
    LIMIT_LOGOUT: 'logout',
    LIMIT_SIGN_IN_ACCOUNT: 'sign_in_account',
    LIMIT_SIGN_IN_ADDRESS: 'sign_in_address',
    LIMIT_SIGN_UP_ADDRESS: 'sign_up_address',
    LIMIT_REAUTHENTICATE: 'reauthenticate',
    LIMIT_CHANGE_ACCOUNT: 'change_account',
    LIMIT_REFRESH: 'refresh',
  } as const

  test.each(Object.entries(names))('%s', (setting, quota) => {
    expect(read({ [setting]: '1/1' }).quotas[quota]).toEqual({ max: 1, window: 1 })
    const most = { max: 999_999, window: 99_999 }
    expect(read({ [setting]: '999999/99999' }).quotas[quota]).toEqual(most)
    for (const wrong of [
      '20',
      '20/',
      '/300',
      '0/300',
      '20/0',
      '-1/300',
      '20/300s',
      '1.5/300',
      '1000000/1',
      '1/100000',
      '20:300',
      '20 / 300',
    ])
      expect(mistakes({ [setting]: wrong }), wrong).toEqual([
        `${setting}: must be calls and seconds, such as '20/300', from 1/1 to 999999/99999.`,
      ])
    for (const other of Object.values(names).filter((name) => name !== quota))
      expect(read({ [setting]: '1/1' }).quotas[other]).toEqual(policy.QUOTAS[other])
  })
})

describe('choices', () => {
  test.each([
    ['READ_CONSISTENCY', ['primary', 'replica'], ['PRIMARY', 'both']],
    ['DEFAULT_LOGOUT_SCOPE', ['global', 'local'], ['all', 'Local', 'others']],
    ['SIGN_UP', ['open', 'closed'], ['true', 'Closed']],
    ['PASSWORD_BLOCKLIST', ['on', 'off'], ['yes', 'ON']],
  ])('%s', (name, allowed, wrong) => {
    for (const value of allowed) expect(mistakes({ [name]: value })).toEqual([])
    for (const value of wrong) {
      expect(mistakes({ [name]: value })).toEqual([
        `${name}: must be one of: ${allowed.join(', ')}.`,
      ])
    }
  })

  test('are kept as they are', () => {
    const config = read({
      READ_CONSISTENCY: 'replica',
      DEFAULT_LOGOUT_SCOPE: 'local',
      SIGN_UP: 'closed',
      PASSWORD_BLOCKLIST: 'off',
      PASSWORD_BLOCKLIST_EXTRA: 'curfew',
    })
    expect(config.redis.readConsistency).toBe('replica')
    expect(config.rules).toMatchObject({ defaultLogoutScope: 'local', signUpOpen: false })
    expect(config.rules.password).toMatchObject({
      refused: new Set(['curfew']),
      mayBeEmail: true,
    })
  })

  test('words that nobody may use as a password come on top of the list', () => {
    const refused = read({ PASSWORD_BLOCKLIST_EXTRA: 'Curfew2026, acme-corp\nＷＩＤＥ' }).rules
      .password.refused
    for (const word of ['curfew2026', 'acme-corp', 'wide', 'password123'])
      expect(refused.has(word), word).toBe(true)
    expect(mistakes({ PASSWORD_BLOCKLIST_EXTRA: 'x'.repeat(4097) })).toHaveLength(1)
  })
})

describe('addresses', () => {
  test.each([
    'https://auth.example.com',
    'http://localhost:8787',
    'https://example.com/auth/v1',
    'https://example.com:8443/Auth',
    'https://xn--mnchen-3ya.example',
    'http://[::1]:8787',
  ])('ISSUER may be %s', (issuer) => {
    expect(read({ ISSUER: issuer }).issuer).toBe(issuer)
  })
  test.each<readonly [string, string]>([
    ['', 'must be an http(s) URL'],
    ['auth.example.com', 'must be an http(s) URL'],
    ['ftp://auth.example.com', 'must be an http(s) URL'],
    ['https://', 'must be an http(s) URL'],
    ['https://auth.example.com/', 'must have no query, fragment or slash at its end'],
    ['https://auth.example.com?a=b', 'must have no query, fragment or slash at its end'],
    ['https://auth.example.com#a', 'must have no query, fragment or slash at its end'],
    ['https:auth.example.com', 'must be an http(s) URL'],
    ['https:///auth.example.com', 'must be an http(s) URL'],
    [' https://auth.example.com', 'must be an http(s) URL'],
    ...[
      'https://auth.example.com ',
      'https://auth.example.com\n',
      'https://auth.example.com\\',
      'https://auth.example.com/a\tb',
      'https://auth.example.com\u200b',
      'https://zq7:secret@auth.example.com',
    ].map((issuer) => [issuer, 'must have no user, backslash, blank or line break in it'] as const),
    ...[
      'https://Auth.example.com',
      'https://auth.example.com:443',
      'http://localhost:80/auth/v1',
      'https://m\u00fcnchen.example',
      'http://127.1:8787',
    ].map(
      (issuer) =>
        [
          issuer,
          "must have its host as browsers write it: in small letters, without a standard port, an international name as 'xn--…'",
        ] as const,
    ),
  ])('ISSUER may not be %j', (issuer, what) => {
    expect(mistakes({ ISSUER: issuer })).toEqual([`ISSUER: ${what}.`])
  })

  test.each(['/auth/v1', '/a', '/a.b/c~d/e_f-g', '/.a', '/..a/b..', '/...'])(
    'BASE_PATH may be %s',
    (path) => {
      expect(read({ BASE_PATH: path }).basePath).toBe(path)
    },
  )
  test.each([
    '/',
    'auth',
    '/auth/',
    '//auth',
    '/a b',
    '/a?b',
    '/:id',
    '/*',
    '/ä',
    '/.',
    '/a/../b',
    '/a/..',
    '/./a',
  ])('BASE_PATH may not be %j', (path) => {
    expect(mistakes({ BASE_PATH: path })).toEqual(["BASE_PATH: must look like '/auth/v1'."])
  })

  test.each([
    ['https://example.com/auth', '/auth', 'https://example.com/auth'],
    ['https://example.com', '/auth', 'https://example.com/auth'],
    ['https://example.com/my', '/auth', 'https://example.com/my/auth'],
    ['http://auth', '/auth', 'http://auth/auth'],
    ['https://example.com', '', 'https://example.com'],
  ])('ISSUER %s with BASE_PATH %j is reached at %s', (issuer, path, url) => {
    expect(read({ ISSUER: issuer, BASE_PATH: path }).url).toBe(url)
  })

  test.each(['', ' ', 'me ', ' me', 'me\n'])('AUDIENCE may not be %j', (audience) => {
    expect(mistakes({ AUDIENCE: audience })).toEqual(
      audience === '' ? [] : ['AUDIENCE: must not be empty, or begin or end with a blank.'],
    )
  })

  test('CORS_ORIGINS are a list, with commas or blanks between', () => {
    const list = ['https://app.example.com', 'http://localhost:5173']
    for (const between of [',', ', ', ' ', '\n', ' ,\n '])
      expect(read({ CORS_ORIGINS: list.join(between) }).corsOrigins).toEqual(list)
  })
  test.each(['capacitor://localhost', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop'])(
    'CORS_ORIGINS may have %s in it: the origin of an app, or of a browser extension',
    (origin) => expect(read({ CORS_ORIGINS: origin }).corsOrigins).toEqual([origin]),
  )
  test.each([
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://*.example.com',
    'https://app.example.com/path',
    'HTTPS://app.example.com',
    'https://app.example.com:443',
    'file://',
    'capacitor://localhost/',
    'capacitor://localhost/path',
    'capacitor:localhost',
    'chrome-extension://*',
  ])('CORS_ORIGINS may not have %s in it', (origin) => {
    expect(mistakes({ CORS_ORIGINS: `https://good.example.com, ${origin}` })).toEqual([
      "CORS_ORIGINS: item 2 must be an origin as browsers send it, such as 'https://app.example.com': no slash at its end, no star.",
    ])
  })

  test('of several origins that are wrong each has its sentence', () => {
    const found = mistakes({ CORS_ORIGINS: 'https://a.example/,https://good.example,*' })
    expect(found.map((sentence) => sentence.slice(0, 22))).toEqual([
      'CORS_ORIGINS: item 1 m',
      'CORS_ORIGINS: item 3 m',
    ])
  })

  test.each(['redis://localhost:6379', 'localhost', '', 'https://'])(
    'UPSTASH_REDIS_REST_URL may not be %j',
    (url) => {
      expect(mistakes({ UPSTASH_REDIS_REST_URL: url })).toEqual([
        'UPSTASH_REDIS_REST_URL: must be an http(s) URL.',
      ])
    },
  )
  test.each([
    'https://a-database.upstash.io?_token=zq7',
    'https://default:zq7@a-database.upstash.io',
    'https://a-database.upstash.io\n',
    'https://a-database.upstash.io/a zq7',
    'https://a-database.upstash.io#zq7',
  ])('UPSTASH_REDIS_REST_URL may be nothing more than an address, and not %j', (url) => {
    expect(mistakes({ UPSTASH_REDIS_REST_URL: url })).toEqual([
      'UPSTASH_REDIS_REST_URL: must have no user, query, fragment, backslash or blank in it.',
    ])
  })
})

describe('secrets', () => {
  const KEYS =
    'SIGNING_KEYS: must be a JSON Web Key Set of private P-256 keys, as `npm run keys` makes it.'
  const keySet = (...keys: object[]) => JSON.stringify({ keys })

  test.each([
    ['no JSON', () => 'nonsense'],
    ['half of it', () => String(good.SIGNING_KEYS).slice(0, -5)],
    ['no set', () => JSON.stringify(key)],
    ['an empty set', () => keySet()],
    ['a key of another curve', () => keySet({ ...key, crv: 'P-384' })],
    ['a key of another kind', () => keySet({ ...key, kty: 'RSA' })],
    ['a key for another algorithm', () => keySet({ ...key, alg: 'ES384' })],
    ['a key for another use', () => keySet({ ...key, use: 'enc' })],
    ['a coordinate that is no base64url', () => keySet({ ...key, x: '?' })],
    ['a good key and a bad one', () => keySet(key, { ...key, d: 7 })],
    ['a number', () => 7],
  ])('SIGNING_KEYS may not be %s', (_, value) => {
    const found = mistakes({ SIGNING_KEYS: value() })
    expect(found).toHaveLength(1)
    if (typeof value() === 'string') expect(found).toEqual([KEYS])
  })

  test.each<[string, () => object[], string]>([
    [
      'more keys than anybody rotates',
      () => Array.from({ length: 17 }, () => key),
      'must be at most 16 keys: take those away whose tokens have expired.',
    ],
    [
      'a public key',
      () => [key, { ...key, d: undefined }],
      'key 2 has no private part (d): this is the public set. If the private one is lost, set a new one as `npm run keys` makes it: clients refresh by themselves.',
    ],
    [
      'a key with an empty name',
      () => [{ ...key, kid: '' }],
      'key 1 has no id (kid) of 1 to 256 characters.',
    ],
    [
      'a key without a name',
      () => [{ ...key, kid: undefined }],
      'key 1 has no id (kid) of 1 to 256 characters.',
    ],
  ])('SIGNING_KEYS may not hold %s, and says so', (_, keys, sentence) => {
    expect(mistakes({ SIGNING_KEYS: keySet(...keys()) })).toEqual([`SIGNING_KEYS: ${sentence}`])
  })

  test.each([
    ['"zq7-token"', 'is in quotation marks: set it without them'],
    ["'zq7-token'", 'is in quotation marks: set it without them'],
    ['zq7-token\n', 'must have no blank, no line break and no letter beyond ASCII in it'],
    ['zq7 token', 'must have no blank, no line break and no letter beyond ASCII in it'],
    ['zq7-tokén', 'must have no blank, no line break and no letter beyond ASCII in it'],
    ['', 'is empty'],
  ])('UPSTASH_REDIS_REST_TOKEN may not be %j', (token, what) => {
    expect(mistakes({ UPSTASH_REDIS_REST_TOKEN: token })).toEqual([
      `UPSTASH_REDIS_REST_TOKEN: ${what}.`,
    ])
  })

  test('SIGNING_KEYS may hold several, and more about each than is needed', () => {
    const keys = [key, { ...key, kid: 'older', key_ops: ['sign'], ext: true }]
    expect(read({ SIGNING_KEYS: keySet(...keys) }).signingKeys).toEqual([
      key,
      { ...key, kid: 'older' },
    ])
  })

  test('SIGNING_KEYS that were pasted with quotation marks are told of these', () => {
    for (const mark of ["'", '"'])
      expect(mistakes({ SIGNING_KEYS: `${mark}${good.SIGNING_KEYS}${mark}` })).toEqual([
        'SIGNING_KEYS: must not begin with a quotation mark: set it without.',
      ])
  })

  test('REFRESH_SECRETS: at least one, none too short', () => {
    const [one, other] = ['a'.repeat(32), 'b'.repeat(40)]
    for (const between of [',', ' ', '\n', ', '])
      expect(read({ REFRESH_SECRETS: `${one}${between}${other}` }).refreshSecrets).toEqual([
        one,
        other,
      ])
    for (const none of ['', ' ', ','])
      expect(mistakes({ REFRESH_SECRETS: none })).toEqual([
        'REFRESH_SECRETS: needs at least one secret.',
      ])
    expect(mistakes({ REFRESH_SECRETS: `${one},${'b'.repeat(31)}` })).toEqual([
      'REFRESH_SECRETS: item 2 needs at least 32 characters.',
    ])
    for (const quoted of [`"${one}"`, `'${one},${other}'`, `\n"${one}"`])
      expect(mistakes({ REFRESH_SECRETS: quoted })).toEqual([
        'REFRESH_SECRETS: item 1 must not begin with a quotation mark: set it without.',
      ])
  })

  test('no sentence repeats one, however wrong it is', () => {
    const marked = 'zq7-secret'
    const wrong = {
      ISSUER: `ftp://user:${marked}@host`,
      SIGNING_KEYS: JSON.stringify({ keys: [{ ...key, d: `${marked}!`, alg: marked }] }),
      REFRESH_SECRETS: marked,
      UPSTASH_REDIS_REST_URL: `rediss://default:${marked}@host:6379`,
      UPSTASH_REDIS_REST_TOKEN: '',
      CORS_ORIGINS: marked,
      READ_CONSISTENCY: marked,
      ACCESS_TOKEN_TTL: marked,
      LIMIT_LOGOUT: marked,
      BASE_PATH: marked,
      PASSWORD_BLOCKLIST: marked,
    }
    const found = mistakes(wrong)
    expect(new Set(found.map((sentence) => sentence.split(':')[0]))).toEqual(
      new Set(Object.keys(wrong)),
    )
    for (const sentence of found) {
      expect(sentence).toMatch(/^[A-Z_]+: \S.*\S\.$/)
      expect(sentence).not.toContain(marked)
      expect(sentence).not.toContain(key.d)
    }
  })
})

test('what was read cannot be changed', () => {
  const config = read({ CORS_ORIGINS: 'https://app.example.com' })
  const parts = [
    config,
    config.redis,
    config.rules,
    config.rules.sessions,
    config.rules.password,
    config.quotas,
    config.quotas.logout,
    config.corsOrigins,
    config.refreshSecrets,
    config.signingKeys,
    config.signingKeys[0],
  ]
  for (const part of parts) expect(Object.isFrozen(part)).toBe(true)
})

test('what is none of ours is left alone', () => {
  expect(read({ SOMETHING_ELSE: 'x', DB: { prepare: () => {} } })).toEqual(read())
})
