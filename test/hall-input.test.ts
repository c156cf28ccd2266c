/** What callers send: how much, in which form and of which shape. What does not fit is refused, not repeated back, and reaches nothing. */

import { beforeAll, describe, expect, test } from 'vitest'
import { BODY_LIMIT } from '../src/domain/policy.ts'
import {
  type Answer,
  type Call,
  openStreet,
  PASSWORD,
  type Person,
  type Street,
} from './support/street.ts'

let street: Street
let person: Person
let service: string
beforeAll(async () => {
  street = await openStreet({ env: { LIMIT_SIGN_UP_ADDRESS: '900000/300' } })
  person = await street.signUp()
  service = await street.serviceToken()
  await street.call('GET', '/user', { token: person.access_token })
})

interface Door {
  method: string
  path: string
  /** Whose token is checked before the body is read. */
  as: 'nobody' | 'person' | 'service'
  /** A body that would do. */
  good: () => Record<string, unknown>
  fields: Record<string, Shape>
  forms?: boolean
}
interface Shape {
  kind: 'text' | 'choice' | 'truth' | 'metadata'
  required?: boolean
  /** May be null. */
  nullable?: boolean
  /** Is refused for another reason when it is ''. */
  mayBeEmpty?: boolean
  /** Most characters. */
  most?: number
}

const email = (): string => `${crypto.randomUUID()}@example.com`
const address: Shape = { kind: 'text', most: 254 }
const secret: Shape = { kind: 'text', most: 1024 }
const metadata: Shape = { kind: 'metadata', nullable: true }
const account: Record<string, Shape> = {
  email: address,
  password: secret,
  email_confirm: { kind: 'truth' },
  role: { kind: 'text', most: 32 },
  user_metadata: metadata,
  app_metadata: metadata,
  ban_duration: { kind: 'text', most: 32 },
}

const doors: Door[] = [
  {
    method: 'POST',
    path: '/signup',
    as: 'nobody',
    good: () => ({ email: email(), password: PASSWORD }),
    fields: {
      email: { ...address, required: true },
      password: { ...secret, required: true },
      data: metadata,
    },
  },
  {
    method: 'POST',
    path: '/token',
    as: 'nobody',
    good: () => ({ grant_type: 'password', email: person.email, password: PASSWORD }),
    fields: {
      grant_type: { kind: 'text', required: true, most: 64, mayBeEmpty: true },
      email: { ...address, required: true },
      password: { ...secret, required: true },
    },
    forms: true,
  },
  {
    method: 'POST',
    path: '/token?grant_type=refresh_token',
    as: 'nobody',
    good: () => ({ refresh_token: person.refresh_token }),
    fields: { refresh_token: { kind: 'text', required: true, most: 512 } },
    forms: true,
  },
  {
    method: 'PUT',
    path: '/user',
    as: 'person',
    good: () => ({ data: {} }),
    fields: {
      email: address,
      password: secret,
      current_password: secret,
      data: metadata,
      logout: { kind: 'choice' },
    },
  },
  {
    method: 'DELETE',
    path: '/user',
    as: 'person',
    good: () => ({ current_password: 'wrong, so that it stays' }),
    fields: { current_password: secret },
  },
  {
    method: 'POST',
    path: '/reauthenticate',
    as: 'person',
    good: () => ({ password: PASSWORD }),
    fields: { password: { ...secret, required: true } },
  },
  {
    method: 'POST',
    path: '/admin/users',
    as: 'service',
    good: () => ({ email: email() }),
    fields: {
      id: { kind: 'text', most: 36 },
      ...account,
      email: { ...address, required: true },
    },
  },
  {
    method: 'PUT',
    path: '/admin/users/:id',
    as: 'service',
    good: () => ({ user_metadata: {} }),
    fields: account,
  },
]

const send = (door: Door, body: unknown, call: Call = {}): Promise<Answer> =>
  street.call(door.method, door.path.replace(':id', person.user.id), {
    token: { nobody: undefined, person: person.access_token, service }[door.as],
    body,
    ...call,
  })

/** What was asked of Redis: the check of the token, and nothing else. */
async function expectNothingReached(door: Door, sending: () => Promise<Answer>): Promise<Answer> {
  await street.settled()
  await street.redis.forget()
  const answer = await sending()
  await street.settled()
  expect(await street.redis.requests(), JSON.stringify(answer.body)).toHaveLength(
    door.as === 'nobody' ? 0 : 1,
  )
  return answer
}

function expectRefused(
  { body, status }: Answer,
  expected: number,
  code: string,
  path: string,
): void {
  const { error, error_description, ...rest } = body
  expect(rest, JSON.stringify(body)).toEqual({
    code: expected,
    error_code: code,
    msg: expect.any(String),
  })
  expect(status).toBe(expected)
  expect(error_description).toBe(path.startsWith('/token') ? rest.msg : undefined)
  expect(error === undefined).toBe(!path.startsWith('/token'))
}

const named = doors.map((door) => [`${door.method} ${door.path}`, door] as const)
const JSON_TYPE = { 'Content-Type': 'application/json' }

describe.each(named)('%s', (_, door) => {
  const { path } = door

  test('takes a body that fits, in any spelling of the media type', async () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON ;x=y',
    ]) {
      const { status } = await send(door, JSON.stringify(door.good()), {
        headers: { 'Content-Type': type },
      })
      expect([415, 422]).not.toContain(status)
    }
  })

  test('takes a body that begins with a byte order mark, as some editors write it', async () => {
    const { status, body } = await send(door, `\uFEFF${JSON.stringify(door.good())}`, {
      headers: JSON_TYPE,
    })
    expect([415, 422]).not.toContain(status)
    expect(body.error_code).not.toBe('bad_json')
  })

  test('a body that is too large is 413, with and without its length told', async () => {
    const large = JSON.stringify({ ...door.good(), more: 'x'.repeat(BODY_LIMIT) })
    for (const headers of [JSON_TYPE, { ...JSON_TYPE, 'Content-Length': String(large.length) }]) {
      await street.redis.forget()
      const answer = await send(door, large, { headers })
      expectRefused(answer, 413, 'request_entity_too_large', path)
      expect(answer.body.msg).toBe('The body may have at most 65536 bytes.')
      expect(await street.redis.requests()).toEqual([])
    }
  })

  test('a body of exactly the most bytes is read', async () => {
    const most = (more: string) => JSON.stringify({ ...door.good(), more })
    const body = most('x'.repeat(BODY_LIMIT - most('').length))
    expect(body.length).toBe(BODY_LIMIT)
    expect((await send(door, body, { headers: JSON_TYPE })).status).not.toBe(413)
    expect((await send(door, `${body} `, { headers: JSON_TYPE })).status).toBe(413)
  })

  test('another media type is 415, and says which would do', async () => {
    const types = [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json5',
      'application/problem+json',
      'json',
    ]
    if (!door.forms) types.push('application/x-www-form-urlencoded')
    for (const type of [undefined, ...types]) {
      const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type }
      const text = JSON.stringify(door.good())
      const answer = await expectNothingReached(door, () => send(door, text, { headers }))
      expectRefused(answer, 415, 'unsupported_media_type', path)
      expect(answer.body.msg).toBe(
        `Send the body as application/json${door.forms ? ' or application/x-www-form-urlencoded' : ''}.`,
      )
    }
  })

  test('what is no JSON is 400', async () => {
    const texts = [
      '{',
      '{"a":}',
      "{'email':'a'}",
      '{"a":1}x',
      'undefined',
      'NaN',
      '\u0000',
      '{"a":1,}',
    ]
    for (const text of texts) {
      const answer = await expectNothingReached(door, () =>
        send(door, text, { headers: JSON_TYPE }),
      )
      expectRefused(answer, 400, 'bad_json', path)
      expect(answer.body.msg).toBe('The body is not valid JSON in UTF-8.')
    }
  })

  test('what is no UTF-8 is 400 too: all that could not be read would be one and the same', async () => {
    const text = JSON.stringify({ ...door.good(), name: 'Zoë' })
    // As Latin-1, where each of these characters is one byte.
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    const answer = await expectNothingReached(door, () => send(door, bytes, { headers: JSON_TYPE }))
    expectRefused(answer, 400, 'bad_json', path)
  })

  test('JSON that is no object is 422', async () => {
    for (const text of ['null', '[]', '[{}]', '"text"', '0', 'true']) {
      const answer = await expectNothingReached(door, () =>
        send(door, text, { headers: JSON_TYPE }),
      )
      expectRefused(answer, 422, 'validation_failed', path)
    }
  })

  test('JSON that is nested as deep as it goes is refused like any other', async () => {
    for (const field of Object.keys(door.fields))
      for (const deep of [deepList, `{"a":${deepList}}`]) {
        const { [field]: _field, ...rest } = door.good()
        const text = JSON.stringify({ ...rest, [field]: 0 }).replace(
          `"${field}":0`,
          () => `"${field}":${deep}`,
        )
        const answer = await expectNothingReached(door, () =>
          send(door, text, { headers: JSON_TYPE }),
        )
        expectRefused(answer, 422, 'validation_failed', path)
      }
  })

  for (const [field, shape] of Object.entries(door.fields))
    test(`${field} of another type, or too long, is 422 and named, and its value is not repeated`, async () => {
      for (const [what, value] of wrongValues(shape)) {
        const body = { ...door.good(), [field]: value }
        const answer = await expectNothingReached(door, () => send(door, body))
        expect(answer.status, `${what} ${JSON.stringify(answer.body)}`).toBe(422)
        expectRefused(answer, 422, 'validation_failed', path)
        expect(answer.body.msg, what).toMatch(new RegExp(`^${field}`))
        expect(String(answer.body.msg), what).not.toContain(MARK)
        expect(String(answer.body.msg).length, what).toBeLessThan(300)
      }
      if (!shape.required) return
      const { [field]: _field, ...rest } = door.good()
      const answer = await expectNothingReached(door, () => send(door, rest))
      expectRefused(answer, 422, 'validation_failed', path)
      expect(answer.body.msg).toMatch(new RegExp(`^${field}: `))
    })
})

const MARK = 'do-not-repeat-me'

/** As deep as a body has room for. */
const deepList = `${'['.repeat(30_000)}${']'.repeat(30_000)}`

function wrongValues({ kind, nullable, mayBeEmpty, most = 0 }: Shape): [string, unknown][] {
  const always: [string, unknown][] = [
    ['a number', 1],
    ['a list', [MARK]],
    ['an empty list', []],
    ...(nullable ? [] : ([['null', null]] as [string, unknown][])),
  ]
  const nested: [string, unknown] = ['nested objects', { a: { b: { c: MARK } } }]
  switch (kind) {
    case 'text':
      return [
        ...always,
        nested,
        ['true', true],
        ...(mayBeEmpty ? [] : ([['nothing', '']] as [string, unknown][])),
        ['too long', MARK.repeat(200).slice(0, most + 1)],
      ]
    case 'choice':
      return [...always, nested, ['true', true], ['nothing', ''], ['another word', MARK]]
    case 'truth':
      return [...always, nested, ['a text', 'true']]
    case 'metadata':
      return [
        ...always,
        ['true', true],
        ['a text', MARK],
        ['too much', { a: MARK.repeat(1100) }],
        ['a name that is too long', { [MARK.repeat(30)]: 1 }],
      ]
  }
}

describe('fields that nobody asked for', () => {
  test('are ignored: nobody makes an administrator of themselves', async () => {
    const body = {
      email: email(),
      password: PASSWORD,
      id: '01234567-89ab-cdef-0123-456789abcdef',
      role: 'admin',
      app_metadata: { role: 'admin' },
      email_confirm: true,
      __proto__: { role: 'admin' },
      revision: '7',
    }
    const { status, body: answer } = await street.call('POST', '/signup', { body })
    expect(status).toBe(200)
    const { user } = answer as unknown as Person
    expect(user.id).not.toBe(body.id)
    expect(user).toMatchObject({ role: 'authenticated' })
    expect(user.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
    const token = String(answer.access_token)
    const change = await street.call('PUT', '/user', {
      token,
      body: { role: 'admin', app_metadata: { role: 'admin' }, id: body.id, banned_until: null },
    })
    expect(change.body).toMatchObject({ id: user.id, role: 'authenticated' })
    expect(change.body.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
    expect((await street.call('GET', '/admin/users', { token })).status).toBe(403)
  })

  test('are ignored when they are called like parts of every object', async () => {
    const text = `{"email":"${email()}","password":"${PASSWORD}","__proto__":{"role":"admin"},"constructor":1,
      "data":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"kept":1}}`
    const answer = await street.call('POST', '/signup', { body: text, headers: JSON_TYPE })
    expect(answer.status).toBe(200)
    const token = String(answer.body.access_token)
    const { body } = await street.call('GET', '/user', { token })
    expect(body.user_metadata).toMatchObject({ kept: 1 })
    expect(body.role).toBe('authenticated')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Reflect.get({}, 'role')).toBeUndefined()
  })
})

describe('forms on /token (RFC 6749)', () => {
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const form = (fields: Record<string, string>, headers: Record<string, string> = FORM) =>
    street.call('POST', '/token', { body: new URLSearchParams(fields).toString(), headers })

  test('sign in and refresh', async () => {
    const signedIn = await form({ grant_type: 'password', email: person.email, password: PASSWORD })
    expect(signedIn.status).toBe(200)
    const refreshed = await form(
      { grant_type: 'refresh_token', refresh_token: String(signedIn.body.refresh_token) },
      { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    )
    expect(refreshed.status).toBe(200)
    expect(refreshed.body.token_type).toBe('bearer')
  })

  test.each([
    [{}, 'invalid_request'],
    [{ grant_type: 'password' }, 'invalid_request'],
    [{ grant_type: 'password', email: 'a@example.com' }, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: '' }, 'invalid_request'],
    [{ grant_type: 'refresh_token', refresh_token: 'forged' }, 'invalid_grant'],
    [{ grant_type: 'authorization_code', code: 'a' }, 'unsupported_grant_type'],
    [{ grant_type: 'Password', email: 'a@example.com', password: 'b' }, 'unsupported_grant_type'],
  ])('%j is 400 %s', async (fields, error) => {
    const answer = await form(fields as Record<string, string>)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 400, error, error_description: answer.body.msg })
  })

  test('a wrong password is invalid_grant, as JSON and as a form', async () => {
    const fields = { grant_type: 'password', email: person.email, password: 'wrong' }
    const answers = [await form(fields), await street.call('POST', '/token', { body: fields })]
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 400,
        body: {
          code: 400,
          error_code: 'invalid_credentials',
          msg: 'Invalid login credentials',
          error: 'invalid_grant',
          error_description: 'Invalid login credentials',
        },
      })
  })

  test('bytes that are no UTF-8 are refused', async () => {
    const body = new TextEncoder().encode(`grant_type=password&email=${person.email}&password=x`)
    body.set([0xe4], body.length - 1)
    const answer = await street.call('POST', '/token', { body, headers: FORM })
    expect(answer.body).toMatchObject({ error_code: 'validation_failed', error: 'invalid_request' })
    expect(answer.body.msg).toBe('The body is not UTF-8.')
  })

  test('the grant type of the query goes before the one of the body', async () => {
    const answer = await street.call('POST', '/token?grant_type=refresh_token', {
      body: { grant_type: 'password', email: person.email, password: PASSWORD },
    })
    expect(answer.status).toBe(422)
    expect(answer.body.msg).toMatch(/^refresh_token: /)
  })
})

describe('a mistake is told in words for people', () => {
  const said = async (path: string, body: object): Promise<string> =>
    String((await street.call('POST', path, { body, token: service })).body.msg)

  test.each([
    ['/signup', {}, 'email: is missing; password: is missing'],
    ['/signup', [], 'body: must be an object'],
    [
      '/token?grant_type=password',
      { email: 'a@example.com', username: 'a@example.com', password: 'a' },
      'email: is needed, or username in its place, and not both',
    ],
    ['/signup', { email: null, password: 'a' }, 'email: must be a string'],
    ['/signup', { email: '', password: 'a' }, 'email: must not be empty'],
    [
      '/signup',
      { email: 'a'.repeat(255), password: 'a' },
      'email: must have at most 254 characters',
    ],
    ['/signup', { email: 'a', password: 'a', data: 'a' }, 'data: must be an object'],
    [
      '/signup',
      { email: 'a', password: 'a', data: { ['a'.repeat(257)]: 1 } },
      'data: contains a key that is too long',
    ],
    ['/admin/users', { email: 'a', email_confirm: 'a' }, 'email_confirm: must be true or false'],
    ['/logout?scope=all', {}, 'scope: must be one of: local, others, global'],
  ])('%s %j', async (path, body, sentence) => {
    expect(await said(path, body)).toBe(sentence)
  })
})

test('of many mistakes the first five are told', async () => {
  const answer = await street.call('POST', '/admin/users', {
    token: service,
    body: { id: 1, email: 1, phone: 1, password: 1, email_confirm: 1, role: 1, ban_duration: 1 },
  })
  expect(answer.status).toBe(422)
  const parts = String(answer.body.msg).split('; ')
  expect(parts.map((part) => part.split(':')[0])).toEqual([
    'id',
    'email',
    'phone',
    'password',
    'email_confirm',
  ])
})

describe('a body that may be left out', () => {
  test.each([
    ['nothing', undefined, {}],
    ['nothing, announced as JSON', undefined, JSON_TYPE],
    ['an empty text, announced as JSON', '', JSON_TYPE],
    ['an empty object', '{}', JSON_TYPE],
  ])(
    'DELETE /user with %s asks for the proof of the password, not for a body',
    async (_, body, headers) => {
      const aged = await openStreet({ env: { REAUTHENTICATION_TTL: '0' } })
      const { access_token: token } = await aged.signUp()
      const answer = await aged.call('DELETE', '/user', { token, body, headers })
      expect(answer.body).toMatchObject({ code: 401, error_code: 'reauthentication_needed' })
    },
  )

  test('whatever is sent with a logout is not read', async () => {
    const bodies: [string, Record<string, string>][] = [
      ['{', JSON_TYPE],
      ['scope=local', { 'Content-Type': 'application/x-www-form-urlencoded' }],
      ['\u0000\u0001', {}],
      ['{"scope":"local"}', JSON_TYPE],
    ]
    for (const [body, headers] of bodies) {
      const somebody = await street.signUp()
      const answer = await street.call('POST', '/logout', {
        token: somebody.access_token,
        body,
        headers,
      })
      expect(answer.body, body).toMatchObject({ scope: 'global', sessions_ended: 1 })
    }
  })
})

describe('what stands in the address', () => {
  const ask = (path: string, method = 'GET') =>
    street.call(method, path, { token: path.startsWith('/admin') ? service : person.access_token })

  test.each([
    '/admin/users?page=0',
    '/admin/users?page=-1',
    '/admin/users?page=1.5',
    '/admin/users?page=1e3',
    '/admin/users?page=abc',
    '/admin/users?page=1000001',
    '/admin/users?per_page=0',
    '/admin/users?per_page=1001',
    `/admin/users?filter=${MARK.repeat(20)}`,
    '/admin/audit?per_page=201',
    `/admin/audit?user=${MARK}`,
    '/admin/audit?action=LOGIN',
    `/admin/audit?action=${MARK}`,
    `/admin/audit?after=${MARK}`,
    '/admin/audit?after=1-',
    `/admin/users/${MARK}`,
    '/admin/users/01234567-89AB-CDEF-0123-456789ABCDEF',
    `/admin/users/${MARK}/sessions`,
    '/admin/users/*',
  ])('GET %s is 400', async (path) => {
    const answer = await ask(path)
    expectRefused(answer, 400, 'validation_failed', path)
    expect(answer.body.msg).not.toContain(MARK)
  })

  test.each(['', '?page=', '?page=1&per_page=', '?page=1&unknown=x'])(
    'GET /admin/users%s is fine',
    async (query) => {
      expect((await ask(`/admin/users${query}`)).status).toBe(200)
    },
  )

  test.each([`/sessions/${MARK}`, '/sessions/current', '/sessions/1'])(
    'DELETE %s is 400',
    async (path) => {
      expectRefused(await ask(path, 'DELETE'), 400, 'validation_failed', path)
    },
  )

  test('no parameter may come twice', async () => {
    const scopes = await ask('/logout?scope=local&scope=global', 'POST')
    expectRefused(scopes, 400, 'validation_failed', '/logout')
    expect((await ask('/user')).status).toBe(200)
    const grants = await ask('/token?grant_type=password&grant_type=refresh_token', 'POST')
    expectRefused(grants, 400, 'validation_failed', '/token')
    expect(grants.body.error).toBe('invalid_request')
    for (const path of ['/admin/users?page=1&page=2', '/user/events?after=1-0&after=2-0'])
      expectRefused(await ask(path), 400, 'validation_failed', path)
  })

  test.each(['', 'LOCAL', 'everything', 'local,global', 'local ', 'null'])(
    'a logout with the scope %j is 400, and ends nothing',
    async (scope) => {
      const answer = await ask(`/logout?scope=${encodeURIComponent(scope)}`, 'POST')
      expectRefused(answer, 400, 'validation_failed', '/logout')
      expect((await ask('/user')).status).toBe(200)
    },
  )
})
