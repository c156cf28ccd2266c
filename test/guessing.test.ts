/** Ways to guess a password, or to use a limit against others, that go around the sign-in. */

import { expect, test, vi } from 'vitest'
import { Overload } from '../src/domain/fault.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

test('a new password is no way to guess the present one: tries are counted', async () => {
  const street = await openStreet({ env: { LIMIT_REAUTHENTICATE: '3/300' } })
  const other = await street.signUp()
  const { access_token: token } = await street.signUp()
  const guess = (password: string) =>
    street.call('PUT', '/user', { token, body: { password, email: other.email } })
  for (let tries = 0; tries < 3; tries++)
    expect((await guess(`a guess of mine ${tries}`)).status).toBe(422)
  const right = await guess(PASSWORD)
  expect(right.status).toBe(429)
  expect(right.body).toMatchObject({ error_code: 'over_request_rate_limit' })
})

test('an address that is refused already does not lock the accounts that it names', async () => {
  const street = await openStreet({
    env: { LIMIT_SIGN_IN_ADDRESS: '1/300', LIMIT_SIGN_IN_ACCOUNT: '2/300' },
  })
  const person = await street.signUp()
  const wrong = { body: { email: person.email, password: 'not the password' }, ip: '192.0.2.1' }
  const statuses: number[] = []
  for (let tries = 0; tries < 5; tries++) {
    statuses.push((await street.call('POST', '/token?grant_type=password', wrong)).status)
    await street.settled()
  }
  expect(statuses).toEqual([400, 429, 429, 429, 429])
  await street.signIn(person, { ip: '192.0.2.2' })
})

test('however many calls such an address sends at once, none of them is counted for the account', async () => {
  const street = await openStreet({ env: { LIMIT_SIGN_IN_ADDRESS: '1/300' } })
  const person = await street.signUp()
  const ip = '192.0.2.1'
  const wrong = (email: string) =>
    street.call('POST', '/token?grant_type=password', { body: { email, password: 'a guess' }, ip })
  expect((await wrong('nobody@example.com')).status).toBe(400)
  const burst = await Promise.all(Array.from({ length: 30 }, () => wrong(person.email)))
  expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([429]))
  const elsewhere = await street.call('POST', '/token?grant_type=password', {
    body: { email: person.email, password: 'a guess' },
    ip: '192.0.2.2',
  })
  expect(elsewhere.headers.get('RateLimit')).toContain('"sign-in-account";r=9')
})

test('the addresses of one IPv6 network count as one', async () => {
  const street = await openStreet({ env: { LIMIT_SIGN_UP_ADDRESS: '2/300' } })
  const statuses: number[] = []
  for (const ip of ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2::3', '2001:db8:1:3::1']) {
    const body = { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD }
    statuses.push((await street.call('POST', '/signup', { body, ip })).status)
  }
  expect(statuses).toEqual([200, 200, 429, 200])
})

test('a change is not taken for another that was done at its moment under its request id', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const change = (data: object) =>
    street.call('PUT', '/user', {
      token,
      body: { data },
      headers: { 'X-Request-Id': 'one-id-for-both' },
    })
  expect((await change({ theme: 'dark' })).status).toBe(200)
  expect((await change({ size: 'large' })).status).toBe(200)
  const { body } = await street.call('GET', '/user', { token })
  expect(body.user_metadata).toEqual({ theme: 'dark', size: 'large' })
})

test('two changes at one moment under one request id are not taken for one', async () => {
  const street = await openStreet()
  const laptop = await street.signUp()
  const phone = await street.signIn(laptop)
  const change = (body: object) =>
    street.call('PUT', '/user', {
      token: laptop.access_token,
      body,
      headers: { 'X-Request-Id': 'one-id-for-both' },
    })
  const [plain, ending] = await Promise.all([
    change({ data: { theme: 'dark' } }),
    change({ data: { theme: 'dark' }, logout: 'global' }),
  ])
  const phoneLives =
    (await street.call('GET', '/user', { token: phone.access_token })).status === 200
  expect(ending.status === 200 && phoneLives).toBe(false)
  expect([200, 401, 503]).toContain(plain.status)
})

/** As while so many passwords wait that none is hashed in time. */
async function overload(street: Street): Promise<() => void> {
  const { passwords } = street.services.ports
  const verify = vi.spyOn(passwords, 'verify').mockRejectedValue(new Overload())
  return () => verify.mockRestore()
}

test.each([
  ['a new password', { password: 'another fine phrase' }],
  ['the present one beside a new one', { password: 'another', current_password: PASSWORD }],
])('%s that was not compared is no guess', async (_, body) => {
  const street = await openStreet({
    env: { LIMIT_REAUTHENTICATE: '2/300', PASSWORD_MIN_LENGTH: '1' },
  })
  const { access_token: token } = await street.signUp()
  const relieve = await overload(street)
  for (let tries = 0; tries < 3; tries++) {
    const answer = await street.call('PUT', '/user', { token, body })
    expect([answer.status, answer.body.msg]).toEqual([
      503,
      'Too many passwords are being checked at the moment. Nothing was changed; try again shortly.',
    ])
    await street.settled()
  }
  relieve()
  expect((await street.call('PUT', '/user', { token, body })).status).toBe(200)
})

test('a new password beside the present one takes two hashes, and one beside a recent proof as many', async () => {
  const street = await openStreet()
  const person = await street.signUp()
  const { passwords } = street.services.ports
  const hashes = [vi.spyOn(passwords, 'verify'), vi.spyOn(passwords, 'hash')]
  const change = (body: object) => street.call('PUT', '/user', { token: person.access_token, body })
  expect((await change({ password: 'one fine phrase', current_password: PASSWORD })).status).toBe(
    200,
  )
  expect(hashes.map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  expect((await change({ password: 'another fine phrase' })).status).toBe(200)
  expect(hashes.map(({ mock }) => mock.calls.length)).toEqual([2, 2])
  const same = { password: 'another fine phrase', current_password: 'another fine phrase' }
  expect((await change(same)).body.error_code).toBe('same_password')
})

const elsewhere = (number: number) => `2001:db8:1:2::${number}`

test('the same where passwords are tried: a network of its own is no way to guess on', async () => {
  const street = await openStreet({ env: { LIMIT_SIGN_IN_ADDRESS: '2/300' } })
  const statuses: number[] = []
  for (const ip of [elsewhere(1), elsewhere(2), elsewhere(3), '2001:db8:1:3::1']) {
    const body = { email: `${crypto.randomUUID()}@example.com`, password: 'a guess' }
    const answer = await street.call('POST', '/token?grant_type=password', { body, ip })
    statuses.push(answer.status)
  }
  expect(statuses).toEqual([400, 400, 429, 400])
})

test('and where a change of one’s email would tell who has an account', async () => {
  const street = await openStreet({ env: { LIMIT_SIGN_UP_ADDRESS: '2/300' } })
  const [{ access_token: token }, other] = [await street.signUp(), await street.signUp()]
  const statuses: number[] = []
  for (const number of [1, 2, 3]) {
    const body = { email: other.email }
    const answer = await street.call('PUT', '/user', { token, body, ip: elsewhere(number) })
    statuses.push(answer.status)
  }
  expect(statuses).toEqual([422, 422, 429])
})

test('whoever mistypes an address is not refused for what others mistyped', async () => {
  const street = await openStreet({ env: { LIMIT_SIGN_IN_ACCOUNT: '1/300' } })
  const tried = async (email: string) => {
    const body = { email, password: PASSWORD }
    return (await street.call('POST', '/token?grant_type=password', { body })).status
  }
  for (const text of ['no address', 'ada(at)example.com']) expect(await tried(text)).toBe(400)
})
