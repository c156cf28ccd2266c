/** A logout that the service has not confirmed: it outlives its page, and nobody signs in over it. */

import { beforeEach, expect, test } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})

const failLogouts = (status: number, seen: Request[] = []) => {
  browser.network.instead = (request) => {
    if (!request.url.includes('/logout')) return undefined
    seen.push(request)
    return Response.json({ code: status, error_code: 'unexpected_failure', msg: '' }, { status })
  }
}

test.each(['cookie', 'bearer'] as const)(
  '%s: a 500 is no answer to it, so it waits; and it is sent even if its page is closed',
  async (transport) => {
    const { client } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    const sent: Request[] = []
    failLogouts(500, sent)
    expect(await client.logout()).toMatchObject({ server: 'queued' })
    expect(sent.map(({ keepalive }) => keepalive)).toEqual([true])
  },
)

test('cookie: nobody signs in over one that cannot be sent, since it would go by the cookie of the next', async () => {
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  const { sessionId } = client.getState()
  failLogouts(503)
  expect(await client.logout()).toMatchObject({ server: 'queued' })
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({
    ok: false,
    error: { code: 'network' },
  })
  expect(browser.count('/token?grant_type=password')).toBe(0)

  browser.network.instead = undefined
  expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
  expect(await street.redis.look('EXISTS', `session:${sessionId}`)).toBe(0)
  expect((await client.refresh()).status).toBe('signed_in')
})
