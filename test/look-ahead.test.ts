/** What leaves for Redis together with the check of a token: nobody sees it, nor what became of it, unless the check passes. */

import { beforeAll, describe, expect, test } from 'vitest'
import { expectUnavailable } from './support/fault-answers.ts'
import { claimsOf, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

const KEYS: Record<string, (id: string) => string> = {
  '/user': (id) => `user:${id}`,
  '/sessions': (id) => `sessions:${id}`,
}

describe.each(Object.entries(KEYS))('GET %s', (path, keyOf) => {
  let street: Street
  let person: Person
  beforeAll(async () => {
    street = await openStreet()
    person = await street.signUp()
  })
  const get = (token: string) => street.call('GET', path, { token })
  const secretsOf = ({ email, user, access_token: token }: Person) => [
    email,
    user.id,
    String(claimsOf(token).sid),
  ]

  test('tells an ended token nothing of the account', async () => {
    const token = (await street.signIn(person)).access_token
    expect((await get(token)).status).toBe(200)
    expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
    await street.redis.forget()
    const answer = await get(token)
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({
      code: 401,
      error_code: 'session_not_found',
      msg: 'Token has been invalidated',
    })
    for (const secret of secretsOf(person)) {
      expect(JSON.stringify(answer.body)).not.toContain(secret)
      expect(JSON.stringify([...answer.headers])).not.toContain(secret)
    }
    // It was looked up, in the one request there was.
    expect((await street.redis.requests()).map(({ commands }) => commands.length)).toEqual([2])
  })

  test('of an ended token is a 401 even where what it would have told is broken', async () => {
    const broken = await street.signUp()
    const ended = (await street.signIn(broken)).access_token
    await street.call('POST', '/logout?scope=local', { token: ended })
    await street.redis.look('DEL', keyOf(broken.user.id))
    await street.redis.look('SET', keyOf(broken.user.id), 'no hash and no set')
    expect((await get(ended)).status).toBe(401)
    expectUnavailable(await get(broken.access_token), {
      faultRoute: 'read',
      path,
      secrets: [...secretsOf(broken), PASSWORD, broken.access_token],
    })
  })

  test('looks nothing up for a service token, which has no account, nor for one that expired', async () => {
    const service = await street.serviceToken()
    await street.redis.forget()
    expect((await get(service)).status).toBe(401)
    expect((await street.redis.requests()).map(({ commands }) => commands.length)).toEqual([1])
    street.clock.pass(1000)
    await street.redis.forget()
    expect((await get(person.access_token)).status).toBe(401)
    expect(await street.redis.requests()).toEqual([])
  })
})
