/** A call that waits for a token while another tab signs somebody else in: it goes in nobody else's name. */

import { beforeEach, expect, test } from 'vitest'
import { type Browser, openBrowser, openService } from '../support/browser.ts'
import { ISSUER, PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})

/** How many tabs of this browser, and of those before it, wait for the lock of renewals. */
const waiting = async () => {
  const { locks } = navigator as unknown as {
    locks: { query: () => Promise<{ pending: { name: string }[] }> }
  }
  const { pending } = await locks.query()
  return pending.filter(({ name }) => name.endsWith(':refresh')).length
}

/** Two tabs of Ada's, who needs another token. In the second Eve signs in, which takes until `letIn`. */
async function overtake(transport: 'cookie' | 'bearer', age: number) {
  const eve = { email: `eve-${email}`, password: PASSWORD }
  const first = browser.openTab({ transport })
  const second = browser.openTab({ transport })
  await first.client.signUp(eve)
  await first.client.logout()
  await first.client.signUp({ email, password: PASSWORD })
  const { sessionId } = first.client.getState()
  await second.client.ready()
  await expect.poll(() => second.client.getState().sessionId).toBe(sessionId)
  street.clock.pass(age)
  const phone = await street.signIn({ email: eve.email })
  let letIn = () => {}
  const mayEnter = new Promise<void>((resolve) => {
    letIn = resolve
  })
  browser.network.before = async ({ url }) => {
    if (url.includes('grant_type=password')) await mayEnter
  }
  const entering = second.client.signIn(eve)
  await expect
    .poll(() => browser.asked.find(({ path }) => path.includes('grant_type=password'))?.status)
    .toBe(200)
  return { first, second, entering, letIn, phone: phone.access_token }
}

const overtaken = [
  ['cookie', 'is about to expire', 895],
  ['bearer', 'is about to expire', 895],
  ['cookie', 'has expired', 905],
  ['bearer', 'has expired', 905],
] as const

test.each(overtaken)(
  '%s, a token that %s: the end of the others ends none of whoever came after',
  async (transport, _, age) => {
    const { first, second, entering, letIn, phone } = await overtake(transport, age)
    const leaving = first.client.logout({ scope: 'others' })
    await expect.poll(waiting).toBe(1)
    letIn()
    expect(await entering).toMatchObject({ ok: true })
    expect(await leaving).toMatchObject({ ok: false, server: 'refused', sessionsEnded: null })
    expect((await street.call('GET', '/user', { token: phone })).status).toBe(200)
    expect(second.client.getState()).toMatchObject({ status: 'signed_in', unconfirmed: false })
  },
)

test.each(overtaken)(
  '%s, a token that %s: a change is none of whoever came after',
  async (transport, _, age) => {
    const { first, entering, letIn, phone } = await overtake(transport, age)
    const changing = first.client.updateUser({ data: { of: 'Ada' } })
    await expect.poll(waiting).toBe(1)
    letIn()
    expect(await entering).toMatchObject({ ok: true })
    expect(await changing).toMatchObject({ ok: false, error: { status: 401 } })
    const { body } = await street.call('GET', '/user', { token: phone })
    expect(body.user_metadata).toEqual({})
  },
)

test('what is asked of an API is asked without the token of whoever came after', async () => {
  const { first, entering, letIn } = await overtake('bearer', 905)
  const asking = first.client.fetch(`${ISSUER}/sessions`)
  await expect.poll(waiting).toBe(1)
  letIn()
  await entering
  expect((await asking).status).toBe(401)
  expect(browser.asked.at(-1)?.headers.get('Authorization')).toBe(null)
})

test('cookie, the others: sent without the cookie, which may be of somebody whom this tab has not heard of', async () => {
  const { client } = browser.openTab({ transport: 'cookie' })
  await client.signUp({ email, password: PASSWORD })
  expect(await client.logout({ scope: 'others' })).toMatchObject({ ok: true })
  expect(browser.asked.at(-1)).toMatchObject({ path: '/logout?scope=others' })
  expect(browser.asked.at(-1)?.headers.get('Cookie')).toBe(null)
})
