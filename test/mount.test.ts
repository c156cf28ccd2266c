/** Where the service stands: at the root, at a base path of its own, or mounted in another Hono app. */

import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { createGuard, requireAuth } from '../src/guard/index.ts'
import { ISSUER, openStreet, PASSWORD } from './support/street.ts'

const street = await openStreet()
const site = new Hono()
site.get('/', (c) => c.text('the site'))
site.route('/auth/v1', createApp(street.services))
const tenants = new Hono()
tenants.route('/:tenant/auth', createApp(street.services))
const strict = new Hono()
strict.notFound((c) => c.text('nothing of the site', 404))
strict.route('/auth/v1', createApp(street.services))

describe.each([
  { where: 'at the root', app: createApp(street.services), base: '' },
  {
    where: 'at a base path of its own',
    app: createApp(street.services, { basePath: '/auth/v1' }),
    base: '/auth/v1',
  },
  { where: 'mounted in another app', app: site, base: '/auth/v1' },
  { where: 'mounted where a part of the path is a parameter', app: tenants, base: '/acme/auth' },
  { where: 'mounted in an app with a 404 of its own', app: strict, base: '/auth/v1' },
])('$where', ({ app, base }) => {
  const ask = (method: string, path: string) => app.request(base + path, { method })

  test('the keys are published', async () => {
    const answer = await ask('GET', '/.well-known/jwks.json')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=600')
    expect(await answer.json()).toEqual({ keys: street.services.publicJwks })
  })

  test('the keys that are published are the public halves', async () => {
    const { keys } = await (await ask('GET', '/.well-known/jwks.json')).json<{ keys: object[] }>()
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ])
  })

  test.each(['/nowhere', '//', '/user/', '/.well-known'])(
    'the path %s is 404, in our words',
    async (path) => {
      const answer = await ask('GET', path)
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ code: 404, error_code: 'not_found' })
      expect(answer.headers.get('X-Request-Id')).not.toBeNull()
    },
  )

  test.each(['/token', '/revoke', '/introspect'])(
    'a refusal of %s speaks OAuth as well, and one of another path does not',
    async (path) => {
      const refusal = await (await ask('POST', path)).json<{ msg: string }>()
      expect(refusal).toMatchObject({ error: 'invalid_request', error_description: refusal.msg })
      for (const other of ['/logout', `${path}/x`])
        expect(await (await ask('POST', other)).json()).not.toHaveProperty('error')
    },
  )

  test.each([
    { method: 'GET', path: '/logout', allow: 'POST' },
    { method: 'POST', path: '/user', allow: 'GET, HEAD, PUT, DELETE' },
    { method: 'PATCH', path: '/admin/users/7', allow: 'GET, HEAD, PUT, DELETE' },
    { method: 'DELETE', path: '/', allow: 'GET, HEAD' },
  ])('$method $path is 405, and says what there is', async ({ method, path, allow }) => {
    const answer = await ask(method, path === '/' && base !== '' ? '' : path)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe(allow)
    expect(await answer.json()).toMatchObject({ code: 405, error_code: 'method_not_allowed' })
  })

  test.each(['', '/'])(
    'the home page is there with %j at the end, and links to what is here',
    async (end) => {
      const answer = await ask('GET', end || (base === '' ? '/' : ''))
      expect(answer.status).toBe(200)
      expect(answer.headers.get('Content-Type')).toContain('text/html')
      expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
      const links = [...(await answer.text()).matchAll(/href="([^"]+)"/g)].map(([, href]) => href)
      expect(links).toEqual([
        `${base}/health`,
        `${base}/.well-known/jwks.json`,
        `${base}/openapi.json`,
      ])
      for (const link of links) expect((await app.request(link ?? '')).status).toBe(200)
    },
  )

  test('HEAD finds the home page with and without the slash at the end', async () => {
    for (const end of ['/', '']) {
      const answer = await ask('HEAD', end || (base === '' ? '/' : ''))
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
  })

  test('the slash at the end is 405 for what changes something', async () => {
    const answer = await ask('POST', '/')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD')
  })

  test("goes by Hono's fastest router, which few patterns of routes allow", async () => {
    await ask('GET', '/health')
    expect(app.router.name).toBe('SmartRouter + RegExpRouter')
  })
})

test('what is not under the base path is none of ours', async () => {
  expect(await (await site.request('/')).text()).toBe('the site')
  expect((await site.request('/user')).status).toBe(404)
  const alone = createApp(street.services, { basePath: '/auth/v1' })
  expect((await alone.request('/user')).status).toBe(404)
  expect((await alone.request('/auth/v2/user')).status).toBe(404)
})

test.each([
  '/%22%3E%3Cmeta%20http-equiv=refresh%20content=0%3E/auth',
  '/&quot;&gt;/auth',
  '//evil.example/auth',
])(
  'what a caller puts into the path %s is no markup and no other host on the home page',
  async (path) => {
    const sites = new Hono()
    sites.route('/:one/auth', createApp(street.services))
    sites.route('/:one/:two/auth', createApp(street.services))
    const text = await (await sites.request(path)).text()
    expect(text).not.toContain('<meta http-equiv')
    expect(text).not.toMatch(/&(?!amp;)/)
    expect(text).not.toContain('="//')
  },
)

test('an API beside it in the same app has a guard, which asks the app itself', async () => {
  const { services, clock } = await openStreet({ env: { BASE_PATH: '/auth/v1' } })
  const shared = new Hono().route('/auth/v1', createApp(services))
  const guard = createGuard({
    issuer: ISSUER,
    url: `${ISSUER}/auth/v1`,
    // A Worker cannot reach itself by its URL.
    fetch: async (url, init) => shared.fetch(new Request(url, init)),
    now: () => clock.now,
  })
  shared.get('/orders', requireAuth(guard), (c) => c.json({ of: c.get('auth').subject }))
  const signedUp = await shared.request('/auth/v1/signup', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
  })
  const { access_token: token, user } = await signedUp.json<{
    access_token: string
    user: { id: string }
  }>()
  const headers = { Authorization: `Bearer ${token}` }

  const orders = await shared.request('/orders', { headers })
  expect(orders.status).toBe(200)
  expect(await orders.json()).toEqual({ of: user.id })

  const logout = await shared.request('/auth/v1/logout', { method: 'POST', headers })
  expect(logout.status).toBe(200)
  clock.pass(31)
  const refused = await shared.request('/orders', { headers })
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ error_code: 'session_not_found' })
})
