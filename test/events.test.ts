/** The log of one's own account: everything that happened to it, and nobody else's whereabouts. */

import { beforeAll, expect, test } from 'vitest'
import type { EventBody } from '../src/contract/answers.ts'
import { openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

let street: Street
let ada: Person

beforeAll(async () => {
  street = await openStreet()
  ada = await street.signUp()
})

async function events(token: string, query = ''): Promise<{ events: EventBody[]; next: string }> {
  const answer = await street.call('GET', `/user/events${query}`, { token })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as unknown as { events: EventBody[]; next: string }
}

test('tells what happened, newest first, with where one was oneself', async () => {
  const person = await street.signUp()
  const phone = await street.signIn(person, {
    ip: '203.0.113.77',
    headers: { 'User-Agent': 'curl/8.1' },
  })
  await street.call('POST', '/logout?scope=local', { token: phone.access_token })
  const { events: found, next } = await events(person.access_token)
  expect(found.map(({ action }) => action)).toEqual(['logout', 'login', 'user_signedup'])
  expect(found[1]).toMatchObject({ by: 'self', ip: '203.0.113.77', device: 'curl' })
  expect(found[1]?.at).toMatch(/^\d{4}-\d\d-\d\dT/)
  expect(Object.keys(found[1] ?? {})).not.toContain('request_id')
  expect(next).toBeNull()
})

test('tells of a stranger with an old refresh token, without the address it came from', async () => {
  const person = await street.signUp()
  const stolen = await street.signIn(person)
  await street.refresh(stolen.refresh_token)
  street.clock.pass(60)
  await street.call('POST', '/token?grant_type=refresh_token', {
    body: { refresh_token: stolen.refresh_token },
    ip: '192.0.2.99',
  })
  const { events: found } = await events(person.access_token)
  expect(found[0]).toMatchObject({ action: 'refresh_token_reused', by: 'unknown', ip: '' })
  expect(JSON.stringify(found)).not.toContain('192.0.2.99')
})

test("a token that a client gave back is no operator's doing", async () => {
  const person = await street.signUp()
  const phone = await street.signIn(person)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const body = `token=${phone.refresh_token}`
  expect((await street.call('POST', '/revoke', { body, headers: form })).status).toBe(200)
  const { events: found } = await events(person.access_token)
  expect(found[0]).toMatchObject({ action: 'token_revoked', by: 'unknown', ip: '' })
  expect(found[0]?.detail).not.toBe('')
})

test('says that an operator did something, and nothing about the operator', async () => {
  const person = await street.signUp()
  await street.call('POST', `/admin/users/${person.user.id}/logout`, {
    token: await street.serviceToken(),
    ip: '192.0.2.200',
  })
  const again = await street.signIn(person)
  const { events: found } = await events(again.access_token)
  const [ended] = found.filter(({ action }) => action === 'logout_by_admin')
  expect(ended).toMatchObject({ by: 'operator', ip: '', device: '', place: '', detail: '' })
  expect(JSON.stringify(found)).not.toMatch(/192\.0\.2\.200|service_role/)
})

test('says that an operator changed something, and not what', async () => {
  const person = await street.signUp()
  await street.call('PUT', `/admin/users/${person.user.id}`, {
    token: await street.serviceToken(),
    body: { app_metadata: { plan: 'gold' } },
  })
  const { events: found } = await events(person.access_token)
  expect(found[0]).toMatchObject({ action: 'user_modified', by: 'operator', detail: '' })
})

test('comes in pages that neither skip nor repeat', async () => {
  const person = await street.signUp()
  for (let i = 0; i < 4; i++) await street.signIn(person)
  const all = await events(person.access_token)
  const first = await events(person.access_token, '?per_page=2')
  const second = await events(person.access_token, `?per_page=2&after=${first.next}`)
  const third = await events(person.access_token, `?per_page=2&after=${second.next}`)
  expect([...first.events, ...second.events, ...third.events]).toEqual(all.events)
  expect(all.events).toHaveLength(5)
  expect(third.next).toBeNull()
})

test("shows one's own only, and only to a session that lives", async () => {
  const eve = await street.signUp()
  const { events: found } = await events(eve.access_token)
  expect(found.every(({ by }) => by === 'self')).toBe(true)
  expect(found).toHaveLength(1)
  await street.call('POST', '/logout?scope=local', { token: eve.access_token })
  const refused = await street.call('GET', '/user/events', { token: eve.access_token })
  expect(refused.status).toBe(401)
  expect((await street.call('GET', '/user/events')).status).toBe(401)
  const service = await street.call('GET', '/user/events', { token: await street.serviceToken() })
  expect(service.status).toBe(401)
})

test('of an id that somebody had before begin with the account of now', async () => {
  const token = await street.serviceToken()
  const before = await street.signUp()
  const { id } = before.user
  await street.call('DELETE', `/admin/users/${id}`, { token })
  expect(await street.redis.look('XLEN', `audit:${id}`)).toBe(2)
  street.clock.pass(60)
  const email = 'after@example.com'
  const body = { id, email, password: PASSWORD, email_confirm: true }
  expect((await street.call('POST', '/admin/users', { token, body })).status).toBe(200)
  const after = await street.signIn({ email })
  const { events: found, next } = await events(after.access_token)
  expect(found.map(({ action }) => action)).toEqual(['login', 'user_created'])
  expect(next).toBeNull()
  const full = await events(after.access_token, '?per_page=3')
  expect(full.events).toEqual(found)
  expect(full.next).toBeNull()
  const page = await events(after.access_token, `?after=${found.at(-1)?.id}`)
  expect(page.events).toEqual([])
})

test.each(['?per_page=0', '?per_page=101', '?after=yesterday'])('refuses %s', async (query) => {
  const answer = await street.call('GET', `/user/events${query}`, { token: ada.access_token })
  expect(answer.status).toBe(400)
  expect(answer.body.error_code).toBe('validation_failed')
})
