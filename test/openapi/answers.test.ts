/** Real answers beside the document: every operation, with every status and every error code that it is said to have. */

import { afterAll, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type OperationId, operations } from '../../src/contract/operations.ts'
import type { Services } from '../../src/http/environment.ts'
import worker from '../../src/worker.ts'
import { brokenBody } from '../support/broken-body.ts'
import { codesOf, complaints, operationOf } from '../support/conformance.ts'
import { BACKEND, basic, CLIENTS } from '../support/oauth-clients.ts'
import { FORM, type Scene, sceneOf } from '../support/scenes.ts'
import { openStreet, PASSWORD, type Street } from '../support/street.ts'

const ids = Object.keys(operations) as OperationId[]
const street = await openStreet({ env: { CLIENTS, CORS_ORIGINS: 'https://app.example.com' } })
/** Nothing in these can throw that a test could reach. */
const UNBREAKABLE: OperationId[] = ['home', 'openApi', 'metadata']
/** `<operation> <status> <code>`, of what was met. */
const met = new Set<string>()

/** One answer of the app, which must be as documented. */
async function look(id: OperationId, scene: Scene, app: Street['app'] = street.app) {
  const { method, path, token, body, headers, ip = '203.0.113.7' } = scene
  const request = new Request(new URL(path, 'https://auth.example.com'), {
    method,
    headers: {
      'CF-Connecting-IP': ip,
      Origin: 'https://app.example.com',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isReady(body) ? body : JSON.stringify(body) }),
  })
  return judge(id, await app.fetch(request, {}))
}

const isReady = (body: unknown): body is string | ReadableStream =>
  typeof body === 'string' || body instanceof ReadableStream

async function judge(id: OperationId, response: Response) {
  const { status, headers } = response
  const text = new TextDecoder().decode(await response.arrayBuffer())
  expect(complaints(id, { status, headers, text }), `${id} ${status} ${text}`).toEqual([])
  const isJson = headers.get('Content-Type')?.startsWith('application/json')
  const body = isJson ? JSON.parse(text) : {}
  const { error_code: code } = body
  met.add(`${id} ${status} ${code ?? ''}`.trim())
  return { status, headers, code, body }
}

const withServices = (changes: Partial<Services>): Street['app'] =>
  createApp({ ...street.services, ...changes })

/** The same ports, with some of their doings replaced. */
function replaced<Port extends object>(port: Port, doing: (name: string) => unknown): Port {
  return new Proxy(port, {
    get: (target, name) => doing(String(name)) ?? Reflect.get(target, name),
  })
}

describe.each(ids)('%s', (id) => {
  const { method, caller } = operations[id]
  const scene = () => sceneOf(street, id)
  const documents = (status: number, code?: string) =>
    status in operationOf(id).responses && (!code || codesOf(id, String(status)).includes(code))

  test('when all is well', async () => {
    expect((await look(id, await scene())).status).toBe(200)
  })

  if (documents(401, 'no_authorization'))
    test('to a token that is missing, wrong, expired or logged out', async () => {
      const { token, ...nobody } = await scene()
      await look(id, nobody)
      await look(id, { ...nobody, token: 'not.a.token' })
      const gone = await street.signUp()
      await street.call('POST', '/logout', { token: gone.access_token })
      await look(id, { ...nobody, token: gone.access_token })
      const path = id === 'logout' ? '/logout?scope=global' : nobody.path
      street.clock.pass(4000)
      await look(id, { ...nobody, path, ...(token && { token }) })
    })

  if (documents(403, 'not_admin'))
    test('to a person who is no operator', async () => {
      const { access_token: token } = await street.signUp()
      expect((await look(id, { ...(await scene()), token })).status).toBe(403)
    })

  if (caller === 'client' || caller === 'confidential_client')
    test('to a client that is not the one it says it is', async () => {
      const { headers, ...rest } = await scene()
      const isForm = typeof rest.body === 'string'
      await look(id, { ...rest, headers: { ...headers, Authorization: 'Basic eDp5' } })
      const body = isForm
        ? `${rest.body}&client_id=nobody`
        : { ...Object(rest.body), client_id: 'nobody' }
      await look(id, { ...rest, body, headers: isForm ? FORM : {} })
    })

  if (documents(413))
    test('to a body that is too large', async () => {
      const large = { ...(await scene()), body: 'x'.repeat(70_000) }
      expect((await look(id, large)).status).toBe(413)
    })

  if (documents(400, 'body_incomplete'))
    test('to a body that breaks off', async () => {
      const broken = { ...(await scene()), body: brokenBody('{"broken":"off"}') }
      expect(await look(id, broken)).toMatchObject({ status: 400, code: 'body_incomplete' })
    })

  if (documents(415))
    test('to a body that is not as it should be', async () => {
      const { headers, ...rest } = await scene()
      const as = (type: string) => ({ ...headers, 'Content-Type': type })
      await look(id, { ...rest, body: 'text', headers: as('text/plain') })
      await look(id, { ...rest, body: '{', headers: as('application/json') })
      const wrong = { email: 1, password: 1, current_password: 1, should_soft_delete: 1 }
      await look(id, { ...rest, body: wrong })
      await look(id, {
        ...rest,
        body: 'grant_type=password&token=',
        headers: { ...headers, ...FORM },
      })
    })

  if (documents(400, 'validation_failed') && caller !== 'client')
    test('to a parameter that is not as it should be', async () => {
      const { path, ...rest } = await scene()
      const wrong = path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'x').replace(/\?.*$/, '')
      await look(id, { ...rest, path: `${wrong}?scope=x&per_page=x` })
    })

  if (documents(403, 'cross_site_request')) {
    const choosing = async (headers: Record<string, string>) => {
      const call = await scene()
      const transport = { 'X-Curfew-Transport': 'cookie' }
      return look(id, { ...call, headers: { ...call.headers, ...transport, ...headers } })
    }

    test('to a page of ours that chose the cookie', async () => {
      const { status, headers } = await choosing({})
      expect(status).toBe(200)
      expect(headers.getSetCookie()).toHaveLength(1)
    })

    test("to another site's page, and to a transport that there is not", async () => {
      expect((await choosing({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
      expect((await choosing({ 'X-Curfew-Transport': 'pigeon' })).status).toBe(400)
    })
  }

  if (documents(404))
    test('about what is not there', async () => {
      const { path, ...rest } = await scene()
      const other = path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}(?=\/?[a-z]*$)/, crypto.randomUUID())
      expect((await look(id, { ...rest, path: other })).status).toBe(404)
    })

  test('when something breaks', async () => {
    const boom = () => {
      throw new Error('broken by the test')
    }
    const { ports } = street.services
    const asks = (name: string) =>
      /^(then|newId|verify|read|authenticate)$/.test(name) ? null : boom
    const broken = withServices({
      ports: {
        ...ports,
        accounts: replaced(ports.accounts, asks),
        sessions: replaced(ports.sessions, asks),
        statusLists: replaced(ports.statusLists, () => boom),
        auditLog: replaced(ports.auditLog, () => boom),
      },
      redisFault: boom,
      publicJwks: new Proxy([], { get: boom }),
    })
    const call = await scene()
    if (!UNBREAKABLE.includes(id)) expect((await look(id, call, broken)).status).toBe(500)
  })

  test('when the settings are wrong', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { path } = await scene()
    const request = new Request(new URL(path, 'https://auth.example.com'), { method })
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} }
    const { code } = await judge(id, await worker.fetch(request as never, {}, context as never))
    expect(code).toBe('service_misconfigured')
    expect(said).toHaveBeenCalledOnce()
    said.mockRestore()
  })

  if (documents(503))
    test('when Redis does not answer', async () => {
      const call = await scene()
      await street.redis.fail({ kind: 'status-500' })
      try {
        expect((await look(id, call)).status).toBe(503)
      } finally {
        await street.redis.heal()
      }
    })

  if (documents(503, 'conflict'))
    test('when others always come first', async () => {
      const { ports } = street.services
      const overtaken = (names: RegExp, answer: unknown) => (name: string) =>
        names.test(name) ? async () => answer : null
      const app = withServices({
        ports: {
          ...ports,
          accounts: replaced(ports.accounts, overtaken(/^(change|remove)$/, 'overtaken')),
          sessions: replaced(
            replaced(ports.sessions, overtaken(/^reauthenticate$/, 'overtaken')),
            overtaken(/^(signUp|open|make|endAllOf)$/, { kind: 'overtaken' }),
          ),
        },
      })
      expect((await look(id, await scene(), app)).code).toBe('conflict')
    })
})

describe('what only some operations answer', () => {
  const sent = (id: OperationId, changes: object) => async (): Promise<string> => {
    const scene = await sceneOf(street, id)
    return (await look(id, { ...scene, ...changes })).code
  }
  const email = 'no address'
  const weak = { password: 'short' }

  test.each([
    ['email_invalid', 'signUp', { body: { email, password: PASSWORD } }, 'validation_failed'],
    ['weak', 'signUp', { body: { email: 'a@example.com', ...weak } }, 'weak_password'],
    ['grant', 'token', { body: { grant_type: 'magic' } }, 'unsupported_grant_type'],
    [
      'password',
      'token',
      { body: { grant_type: 'password', email, ...weak } },
      'invalid_credentials',
    ],
    [
      'refresh',
      'token',
      { body: { grant_type: 'refresh_token', refresh_token: 'x' } },
      'refresh_token_not_found',
    ],
    ['email', 'changeUser', { body: { email } }, 'validation_failed'],
    ['weak', 'changeUser', { body: weak }, 'weak_password'],
    ['same', 'changeUser', { body: { password: PASSWORD } }, 'same_password'],
    [
      'wrong',
      'changeUser',
      { body: { ...weak, current_password: 'x' } },
      'current_password_invalid',
    ],
    ['wrong', 'deleteUser', { body: { current_password: 'x' } }, 'current_password_invalid'],
    ['wrong', 'reauthenticate', { body: { password: 'x' } }, 'current_password_invalid'],
    ['email', 'createUser', { body: { email } }, 'validation_failed'],
    ['weak', 'createUser', { body: { email: 'b@example.com', ...weak } }, 'weak_password'],
    ['email', 'changeUserById', { body: { email } }, 'validation_failed'],
    ['weak', 'changeUserById', { body: weak }, 'weak_password'],
  ] as const)('%s: %s', async (_, id, changes, code) => {
    expect(await sent(id, changes)()).toBe(code)
  })

  test('an address that is taken', async () => {
    const { email: taken } = await street.signUp()
    const body = { email: taken, password: PASSWORD }
    expect(await sent('signUp', { body })()).toBe('user_already_exists')
    expect(await sent('changeUser', { body: { email: taken } })()).toBe('email_exists')
    expect(await sent('createUser', { body })()).toBe('email_exists')
    expect(await sent('changeUserById', { body: { email: taken } })()).toBe('email_exists')
  })

  test('an account that may not sign in', async () => {
    const admin = { token: await street.serviceToken() }
    const account = { email: 'closed@example.com', password: PASSWORD }
    const { body: user } = await street.call('POST', '/admin/users', { ...admin, body: account })
    const body = { grant_type: 'password', ...account }
    expect(await sent('token', { body })()).toBe('email_not_confirmed')
    const orders = { email_confirm: true, ban_duration: '1h' }
    await street.call('PUT', `/admin/users/${user.id}`, { ...admin, body: orders })
    expect(await sent('token', { body })()).toBe('user_banned')
  })

  test('a proof of the password that is too old', async () => {
    const eager = await openStreet({ env: { REAUTHENTICATION_TTL: '0' } })
    for (const id of ['changeUser', 'deleteUser'] as const) {
      const scene = await sceneOf(eager, id)
      eager.clock.pass(1)
      const body = { password: 'another horse battery' }
      const answer = await look(id, { ...scene, body: id === 'changeUser' ? body : {} }, eager.app)
      expect(answer.code).toBe('reauthentication_needed')
    }
  })

  test('signing up where it is closed', async () => {
    const closed = await openStreet({ env: { SIGN_UP: 'closed' } })
    const scene = await sceneOf(street, 'signUp')
    expect((await look('signUp', scene, closed.app)).code).toBe('signup_disabled')
  })

  test("another client's token", async () => {
    const headers = { ...FORM, Authorization: basic(BACKEND) }
    expect(await sent('revoke', { headers })()).toBe('token_of_another_client')
  })

  test('a status list that the caller has, and one of long ago', async () => {
    const scene = await sceneOf(street, 'statusList')
    const { headers } = await look('statusList', scene)
    const known = { 'If-None-Match': headers.get('ETag') ?? '' }
    expect((await look('statusList', { ...scene, headers: known })).status).toBe(304)
    const path = `${scene.path}?time=1`
    expect((await look('statusList', { ...scene, path })).status).toBe(501)
  })

  test.each(['logout', 'logoutAll'] as const)(
    '%s by the cookie alone, and by its ticket',
    async (id) => {
      const chosen = { 'X-Curfew-Transport': 'cookie' }
      const signUp = await sceneOf(street, 'signUp')
      const signedUp = await look('signUp', { ...signUp, headers: chosen })
      const [cookie = ''] = signedUp.headers.get('Set-Cookie')?.split(';') ?? []
      const { token: _, ...call } = await sceneOf(street, id)
      const logout = { ...call, headers: { ...chosen, Cookie: cookie } }
      await street.redis.fail({ kind: 'status-500' })
      const { status, body } = await look(id, logout).finally(() => street.redis.heal())
      expect(status).toBe(503)
      const ticket = { ...call, headers: chosen, body: { ticket: body.logout_ticket } }
      expect((await look(id, ticket)).body.sessions_ended).toBe(1)
      expect((await look(id, logout)).body.sessions_ended).toBe(0)
      const none = await look(id, { ...call, headers: chosen })
      expect(none.code).toBe('no_authorization')
      expect(none.headers.get('Set-Cookie')).toContain('Max-Age=0')
      expect((await look(id, { ...ticket, body: { ticket: 'none' } })).status).toBe(401)
      expect((await look(id, { ...ticket, body: { ticket: [] } })).status).toBe(422)
      const as = (type: string) => ({ ...chosen, 'Content-Type': type })
      const half = { ...ticket, body: '{', headers: as('application/json') }
      expect((await look(id, half)).code).toBe('bad_json')
      expect((await look(id, { ...ticket, headers: as('text/plain') })).status).toBe(415)
    },
  )

  test.each(['logout', 'logoutAll'] as const)(
    '%s by a cookie that was replaced long ago',
    async (id) => {
      const { refresh_token: old } = await street.signUp()
      await street.refresh(old)
      street.clock.pass(31)
      const { token: _, ...call } = await sceneOf(street, id)
      const cookie = { 'X-Curfew-Transport': 'cookie', Cookie: `__Host-curfew-refresh=${old}` }
      const answer = await look(id, { ...call, headers: cookie })
      expect(answer.status).toBe(400)
      expect(answer.code).toBe('refresh_token_not_found')
      expect(answer.headers.get('Set-Cookie')).toContain('Max-Age=0')
    },
  )

  test.each(['logout', 'logoutAll'] as const)(
    '%s by an access token that was revoked alone',
    async (id) => {
      const { token, ...call } = await sceneOf(street, id)
      const revoke = await sceneOf(street, 'revoke')
      await look('revoke', { ...revoke, body: `token=${token}` })
      const path = id === 'logout' ? '/logout?scope=others' : call.path
      const answer = await look(id, { ...call, path, ...(token && { token }) })
      expect([answer.status, answer.code]).toEqual([401, 'session_not_found'])
    },
  )

  test('a refresh by a cookie that does not work', async () => {
    const headers = { 'X-Curfew-Transport': 'cookie', Cookie: '__Host-curfew-refresh=x' }
    const body = { grant_type: 'refresh_token' }
    const scene = await sceneOf(street, 'token')
    const answer = await look('token', { ...scene, headers, body })
    expect(answer.code).toBe('refresh_token_not_found')
    expect(answer.headers.get('Set-Cookie')).toContain('Max-Age=0')
  })

  test('too many calls', async () => {
    const quotas = ['LOGOUT', 'SIGN_IN_ACCOUNT', 'SIGN_UP_ADDRESS', 'REAUTHENTICATE']
    const env = Object.fromEntries(quotas.map((name) => [`LIMIT_${name}`, '1/300']))
    const strict = await openStreet({ env })
    const limited = ids.filter((id) => '429' in operationOf(id).responses)
    expect(limited.length).toBe(7)
    for (const id of limited) {
      const scene = await sceneOf(strict, id)
      // A right password gives its call back.
      const wrong = { password: 'not that one', current_password: 'nor that one' }
      const body = scene.body && { ...Object(scene.body), ...wrong }
      // A session that has ended would pay for itself.
      const first = id === 'logout' || id === 'logoutAll' ? '/logout?scope=others' : scene.path
      const { token } = scene
      await strict.call(scene.method, first, { token, body, headers: scene.headers ?? {} })
      expect((await look(id, { ...scene, body }, strict.app)).status, id).toBe(429)
    }
  })
})

/** Whatever is documented is met here, but for what cannot be made to happen from outside. */
afterAll(() => {
  const promised = ids.flatMap((id) =>
    Object.keys(operationOf(id).responses).flatMap((status) => {
      const codes = codesOf(id, status)
      return codes.length > 0 ? codes.map((code) => `${id} ${status} ${code}`) : `${id} ${status}`
    }),
  )
  const unmet = promised.filter((one) => !met.has(one))
  expect(unmet).toEqual(UNBREAKABLE.map((id) => `${id} 500 unexpected_failure`))
})
