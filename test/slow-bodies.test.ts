/** A call whose body comes slowly: its token must work when all of it is there, not only when it began. */

import { describe, expect, test } from 'vitest'
import { REQUEST_TIMEOUT_MS } from '../src/domain/policy.ts'
import { API, basic, CLIENTS } from './support/oauth-clients.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

/** The call as it begins, and the sending of the rest of its body. */
const beginSlowly = (street: Street, method: string, path: string, token: string, body: object) =>
  sendSlowly(street, method, path, JSON.stringify(body), {
    'Content-Type': 'application/json',
    Authorization: `Bearer ${token}`,
  })

function sendSlowly(
  street: Street,
  method: string,
  path: string,
  text: string,
  headers: Record<string, string>,
) {
  const [head, tail] = [text.slice(0, 10), text.slice(10)]
  let finish = () => {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(head))
      finish = () => {
        controller.enqueue(new TextEncoder().encode(tail))
        controller.close()
      }
    },
  })
  const answer = street.fetch(
    new Request(`http://localhost${path}`, {
      method,
      // A body that says how long it is need not be counted, so it is read only where it is wanted.
      headers: { ...headers, 'Content-Length': String(text.length) },
      body: stream,
    }),
  )
  return { answer, finish: () => finish() }
}

/** Long enough for a check of the token at the call's beginning. */
const aWhile = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms))

test('a wrong password of somebody who is logged out meanwhile is told as the end of the token, and not tried', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const guess = { password: 'not the password' }
  const { answer, finish } = beginSlowly(street, 'POST', '/reauthenticate', token, guess)
  await aWhile()
  expect((await street.call('POST', '/logout', { token })).status).toBe(200)

  finish()

  expect((await answer).status).toBe(401)
})

const email = () => `${crypto.randomUUID()}@example.com`
const isThere = async (street: Street, address: string) => {
  const { body } = await street.call('GET', `/admin/users?filter=${address}`, {
    token: await street.serviceToken(),
  })
  return body.total !== 0
}

describe('an operator who is logged out meanwhile', () => {
  test('makes no administrator', async () => {
    const street = await openStreet()
    const token = await street.serviceToken()
    const address = email()
    const order = { email: address, password: PASSWORD, email_confirm: true, role: 'admin' }
    const { answer, finish } = beginSlowly(street, 'POST', '/admin/users', token, order)
    await aWhile()
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)

    finish()

    expect((await answer).status).toBe(401)
    expect(await isThere(street, address)).toBe(false)
  })

  test('changes nobody, not even with a body that ends after the answer', async () => {
    const street = await openStreet()
    const token = await street.serviceToken()
    const person = await street.signUp()
    const address = email()
    const path = `/admin/users/${person.user.id}`
    const { answer, finish } = beginSlowly(street, 'PUT', path, token, { email: address })
    await aWhile()
    expect((await street.call('POST', '/logout', { token })).status).toBe(200)
    expect((await answer).status).toBe(503)

    finish()

    await aWhile(REQUEST_TIMEOUT_MS / 3)
    expect(await isThere(street, address)).toBe(false)
    expect((await street.call('GET', '/user', { token: person.access_token })).status).toBe(200)
  })
})

describe('a token that expires while the body is on its way', () => {
  test('of a person: is refused', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const { answer, finish } = beginSlowly(street, 'PUT', '/user', token, { data: { a: 'b' } })
    await aWhile()
    street.clock.pass(1_000)
    finish()
    expect((await answer).status).toBe(401)
  })

  test('of a service: makes no administrator, not even after the answer', async () => {
    const street = await openStreet()
    const token = await street.mint.signService(60, street.clock.now)
    const address = email()
    const order = { email: address, password: PASSWORD, email_confirm: true, role: 'admin' }
    const { answer, finish } = beginSlowly(street, 'POST', '/admin/users', token, order)
    expect((await answer).status).toBe(503)
    street.clock.pass(600)
    finish()
    await aWhile(REQUEST_TIMEOUT_MS / 3)
    expect(await isThere(street, address)).toBe(false)
  })
})

test('a token that expires while the question about it is on its way is told as not active', async () => {
  const street = await openStreet({ env: { CLIENTS } })
  const { access_token: token } = await street.signUp()
  const { answer, finish } = sendSlowly(street, 'POST', '/introspect', `token=${token}`, {
    'Content-Type': 'application/x-www-form-urlencoded',
    Authorization: basic(API),
  })
  await aWhile()
  street.clock.pass(1_000)
  finish()
  const response = await answer
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ active: false })
})
