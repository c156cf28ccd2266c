/** An API in a Worker that cannot reach the service by its URL, as at workers.dev, and has a service binding in place of that. */

import { setTimeout as pause } from 'node:timers/promises'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { openCase } from '../support/redis-case.ts'
import { bundle } from '../support/servers.ts'

/** Nobody answers there. */
const ISSUER = 'https://curfew.example.workers.dev'
const STATUS_LIST_TTL = 4

const modules = (contents: string) => [{ type: 'ESModule' as const, path: 'worker.mjs', contents }]

/** An app that mounts the service, or has a guard, may be older than either: the second is the oldest date that will do. */
describe.each(['2026-10-20', '2022-10-31'])('in Workers of %s', (compatibilityDate) => {
  let workers: Miniflare
  beforeAll(async () => {
    const redis = await openCase()
    const [service, api] = await Promise.all([
      bundle('../../src/worker.ts'),
      bundle('./bound-worker.ts'),
    ])
    workers = new Miniflare(
      convertV4MiniflareOptions({
        handleStructuredLogs: () => {},
        workers: [
          {
            name: 'api',
            modules: modules(api),
            compatibilityDate,
            bindings: { ISSUER },
            serviceBindings: { CURFEW: 'curfew' },
          },
          {
            name: 'curfew',
            modules: modules(service),
            compatibilityDate,
            compatibilityFlags: ['nodejs_compat'],
            bindings: {
              ISSUER,
              SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey()] }),
              REFRESH_SECRETS: 'a-secret-of-the-tests-that-is-long-enough',
              UPSTASH_REDIS_REST_URL: redis.url,
              UPSTASH_REDIS_REST_TOKEN: inject('redis').token,
              STATUS_LIST_TTL: String(STATUS_LIST_TTL),
            },
          },
        ],
      }),
    )
    await workers.ready
  }, 60_000)
  afterAll(() => workers.dispose())

  test('its guard lets a token pass, and refuses it once it was logged out', async () => {
    const service = await workers.getWorker('curfew')
    const signedUp = await service.fetch(`${ISSUER}/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery' }),
    })
    expect(signedUp.status).toBe(200)
    const { access_token: token, user } = (await signedUp.json()) as {
      access_token: string
      user: { id: string }
    }
    const headers = { Authorization: `Bearer ${token}` }
    const api = () => workers.dispatchFetch('https://api.example.workers.dev/', { headers })

    const passed = await api()
    expect(passed.status).toBe(200)
    expect(await passed.text()).toBe(user.id)

    expect((await service.fetch(`${ISSUER}/logout`, { method: 'POST', headers })).status).toBe(200)
    await pause(STATUS_LIST_TTL * 1000)

    const refused = await api()
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ error_code: 'session_not_found' })
  })
})
