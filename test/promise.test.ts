/** The promise, row by row: which tokens a call ends, tried with every token of two people on three devices each. */

import { describe, expect, test } from 'vitest'
import {
  type Device,
  newestAccess,
  type Owner,
  openOwners,
  renew,
  tokenId,
  whatWorks,
} from './support/devices.ts'
import { blacklistOf, newEntries, type OwnerRecords, recordsOf } from './support/owner-records.ts'
import { type Entry, entriesOf } from './support/redis-contents.ts'
import { type Answer, claimsOf, openStreet, PASSWORD, type Street } from './support/street.ts'

const ALL_LIVE = { laptop: 'lives', phone: 'lives', tablet: 'lives' }
const ALL_ENDED = { laptop: 'ended', phone: 'ended', tablet: 'ended' }
const ONLY_LAPTOP_LIVES = { laptop: 'lives', phone: 'ended', tablet: 'ended' }
const ONLY_LAPTOP_ENDED = { laptop: 'ended', phone: 'lives', tablet: 'lives' }
const ONLY_PHONE_ENDED = { laptop: 'lives', phone: 'ended', tablet: 'lives' }

const NEW_PASSWORD = 'battery horse correct'

interface Scene {
  street: Street
  /** To whom it happens. */
  alice: Owner
  laptop: Device
  phone: Device
  /** To whom it must not happen. */
  bob: Owner
  before: { alice: OwnerRecords; bob: OwnerRecords }
}

async function openScene(env: Record<string, string> = {}): Promise<Scene> {
  const street = await openStreet({ env })
  const [alice, bob] = await openOwners(street, 2)
  if (!alice || !bob) throw new Error('two owners were asked for')
  await street.settled()
  const { laptop, phone } = alice.devices
  const before = { alice: await recordsOf(street, alice), bob: await recordsOf(street, bob) }
  return { street, alice, laptop, phone, bob, before }
}

/** What is written of a call that happened at the scene's present time. */
const entry = ({ street, alice }: Scene, answer: Answer, more: Partial<Entry>): Entry => ({
  actor: alice.id,
  at: String(street.clock.now),
  detail: '',
  device: 'Unknown device',
  ip: '203.0.113.7',
  place: '',
  request_id: String(answer.headers.get('X-Request-Id')),
  session: '',
  subject: alice.id,
  ...more,
})

/** The account's log has gained this one entry, and everyone's log the same one, both by the time of the answer. */
async function expectOneEntry(scene: Scene, answer: Answer, more: Partial<Entry>): Promise<void> {
  const { street, alice, before } = scene
  const expected = entry(scene, answer, more)
  const { log } = await recordsOf(street, alice)
  expect(newEntries(before.alice.log, log)).toEqual([expected])
  const realm = await entriesOf(street.redis, 'audit')
  expect(realm.filter(({ request_id }) => request_id === expected.request_id)).toEqual([expected])
}

async function expectBobUntouched({ street, bob, before }: Scene): Promise<void> {
  expect(await recordsOf(street, bob)).toEqual(before.bob)
  expect(await whatWorks(street, bob)).toEqual(ALL_LIVE)
}

/** The token that asked is refused by its own id too, for as long as it would have lived. */
async function expectBlacklisted({ street }: Scene, token: string): Promise<void> {
  const blacklist = await blacklistOf(street)
  expect(blacklist).toEqual({ [tokenId(token)]: { why: 'logout', seconds: expect.any(Number) } })
  const left = Number(claimsOf(token).exp) - street.clock.now / 1000
  const kept = blacklist[tokenId(token)]?.seconds
  expect(kept).toBeLessThanOrEqual(left)
  // Redis' clock runs on while the test's stands still.
  expect(kept).toBeGreaterThan(left - 60)
}

/** Every session ended by one step of the version, whatever their number. */
async function expectNextVersion({ street, alice, before }: Scene): Promise<void> {
  const { version, listed } = await recordsOf(street, alice)
  expect(Number(version)).toBe(Number(before.alice.version) + 1)
  expect(listed).toEqual([])
}

const receipt = (
  { street }: Scene,
  scope: string,
  ended: number | null,
  message = 'Logout successful',
) => ({
  message,
  timestamp: new Date(street.clock.now).toISOString(),
  scope,
  sessions_ended: ended,
})

describe('a logout by the user', () => {
  test('local ends this session and no other', async () => {
    const scene = await openScene()
    const { street, alice, laptop, phone, before } = scene
    const token = newestAccess(laptop)

    const answer = await street.call('POST', '/logout?scope=local', { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'local', 1))
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['phone', 'tablet'],
      detailed: ['phone', 'tablet'],
      listed: ['phone', 'tablet'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, {
      action: 'logout',
      session: laptop.session,
      detail: 'local',
    })
    await expectBlacklisted(scene, token)
    const list = await street.call('GET', '/sessions', { token: newestAccess(phone) })
    expect(list.body.sessions).toHaveLength(2)
    expect(await whatWorks(street, alice)).toEqual(ONLY_LAPTOP_ENDED)
    await expectBobUntouched(scene)
  })

  test('others ends every other session and keeps this one', async () => {
    const scene = await openScene()
    const { street, alice, laptop, before } = scene
    const token = newestAccess(laptop)

    const answer = await street.call('POST', '/logout?scope=others', { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'others', 2))
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, {
      action: 'logout',
      session: laptop.session,
      detail: 'others',
    })
    expect(await blacklistOf(street)).toEqual({})
    expect(await whatWorks(street, alice)).toEqual(ONLY_LAPTOP_LIVES)
    await expectBobUntouched(scene)
  })

  const everywhere = [
    { path: '/logout?scope=global', message: 'Logout successful' },
    { path: '/logout/all', message: 'Logged out from all devices' },
    { path: '/logout', message: 'Logout successful' },
  ]
  test.each(everywhere)('$path ends every session of the user', async ({ path, message }) => {
    const scene = await openScene()
    const { street, alice, laptop } = scene
    const token = newestAccess(laptop)

    const answer = await street.call('POST', path, { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'global', 3, message))
    await expectNextVersion(scene)
    await expectOneEntry(scene, answer, {
      action: 'logout',
      session: laptop.session,
      detail: 'global',
    })
    await expectBlacklisted(scene, token)
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
  })

  test('a plain one ends this session only where the operator prefers that', async () => {
    const scene = await openScene({ DEFAULT_LOGOUT_SCOPE: 'local' })
    const { street, alice, laptop, before } = scene
    const token = newestAccess(laptop)

    const answer = await street.call('POST', '/logout', { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'local', 1))
    expect((await recordsOf(street, alice)).version).toBe(before.alice.version)
    await expectOneEntry(scene, answer, {
      action: 'logout',
      session: laptop.session,
      detail: 'local',
    })
    await expectBlacklisted(scene, token)
    expect(await whatWorks(street, alice)).toEqual(ONLY_LAPTOP_ENDED)
    await expectBobUntouched(scene)
  })
})

describe('ending a session by its id', () => {
  test('ends that session of the user, from another device', async () => {
    const scene = await openScene()
    const { street, alice, laptop, phone, before } = scene

    const answer = await street.call('DELETE', `/sessions/${phone.session}`, {
      token: newestAccess(laptop),
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'session', 1))
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop', 'tablet'],
      detailed: ['laptop', 'tablet'],
      listed: ['laptop', 'tablet'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, { action: 'session_ended', session: phone.session })
    expect(await whatWorks(street, alice)).toEqual(ONLY_PHONE_ENDED)
    await expectBobUntouched(scene)
  })

  test("somebody else's session is as unknown as one that never was", async () => {
    const scene = await openScene()
    const { street, alice, laptop, bob, before } = scene
    const token = newestAccess(laptop)
    const unknown = await street.call('DELETE', `/sessions/${crypto.randomUUID()}`, { token })

    const answer = await street.call('DELETE', `/sessions/${bob.devices.phone.session}`, { token })

    expect(answer.status).toBe(404)
    expect(answer.body).toEqual({
      code: 404,
      error_code: 'session_unknown',
      msg: 'There is no such session.',
    })
    expect(answer.body).toEqual(unknown.body)
    expect(await recordsOf(street, alice)).toEqual(before.alice)
    expect(await whatWorks(street, alice)).toEqual(ALL_LIVE)
    await expectBobUntouched(scene)
  })

  test('an id that is none is refused, and ends nothing', async () => {
    const scene = await openScene()
    const { street, alice, laptop, phone, before } = scene

    const answer = await street.call('DELETE', `/sessions/${phone.session.toUpperCase()}x`, {
      token: newestAccess(laptop),
    })

    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 400, error_code: 'validation_failed' })
    expect(await recordsOf(street, alice)).toEqual(before.alice)
    expect(await whatWorks(street, alice)).toEqual(ALL_LIVE)
    await expectBobUntouched(scene)
  })
})

describe('a change of the account by its owner', () => {
  test('a new password ends every other session', async () => {
    const scene = await openScene()
    const { street, alice, laptop, before } = scene

    const answer = await street.call('PUT', '/user', {
      token: newestAccess(laptop),
      body: { password: NEW_PASSWORD },
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: alice.id, email: alice.email })
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, {
      action: 'user_updated_password',
      session: laptop.session,
      detail: 'others',
    })
    expect(await whatWorks(street, alice)).toEqual(ONLY_LAPTOP_LIVES)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 invalid_credentials')
    expect(await trySignIn(street, alice.email, NEW_PASSWORD)).toBe('200')
  })

  test('a new password ends this session too when the user asks for it', async () => {
    const scene = await openScene()
    const { street, alice, laptop } = scene

    const answer = await street.call('PUT', '/user', {
      token: newestAccess(laptop),
      body: { password: NEW_PASSWORD, logout: 'global' },
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: alice.id, email: alice.email })
    await expectNextVersion(scene)
    await expectOneEntry(scene, answer, {
      action: 'user_updated_password',
      session: laptop.session,
      detail: 'all',
    })
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 invalid_credentials')
    expect(await trySignIn(street, alice.email, NEW_PASSWORD)).toBe('200')
  })

  test('a new email address ends every other session', async () => {
    const scene = await openScene()
    const { street, alice, laptop, before } = scene
    const email = `new-${alice.email}`

    const answer = await street.call('PUT', '/user', {
      token: newestAccess(laptop),
      body: { email },
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: alice.id, email })
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, {
      action: 'user_updated_email',
      session: laptop.session,
      detail: 'others',
    })
    expect(await whatWorks(street, alice)).toEqual(ONLY_LAPTOP_LIVES)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 invalid_credentials')
    expect(await trySignIn(street, email, PASSWORD)).toBe('200')
  })

  test('any other change ends nothing', async () => {
    const scene = await openScene()
    const { street, alice, laptop, before } = scene

    const answer = await street.call('PUT', '/user', {
      token: newestAccess(laptop),
      body: { data: { nickname: 'Al' }, email: alice.email.toUpperCase() },
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user_metadata: { nickname: 'Al' }, email: alice.email })
    const records = await recordsOf(street, alice)
    expect(records).toEqual({ ...before.alice, log: records.log })
    await expectOneEntry(scene, answer, {
      action: 'user_modified',
      session: laptop.session,
      detail: 'none',
    })
    expect(await whatWorks(street, alice)).toEqual(ALL_LIVE)
    await expectBobUntouched(scene)
  })

  test('deleting the account ends every session', async () => {
    const scene = await openScene()
    const { street, alice, laptop } = scene

    const answer = await street.call('DELETE', '/user', { token: newestAccess(laptop) })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({})
    const { version, listed } = await recordsOf(street, alice)
    expect({ version, listed }).toEqual({ version: null, listed: [] })
    await expectOneEntry(scene, answer, { action: 'user_deleted', session: laptop.session })
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 invalid_credentials')
  })
})

describe('a refresh token that comes back', () => {
  test('too late ends its session, access tokens included, and no other', async () => {
    const scene = await openScene()
    const { street, alice, phone, bob, before } = scene
    const [stolen = ''] = phone.refreshTokens
    street.clock.pass(31)
    // The others rotate once more, so that all of their older tokens are within the window when they are tried.
    const { laptop, tablet } = alice.devices
    for (const device of [laptop, tablet, ...Object.values(bob.devices)])
      await renew(street, device)

    const answer = await street.refresh(stolen)

    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error_code: 'refresh_token_not_found' })
    const records = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop', 'tablet'],
      detailed: ['laptop', 'tablet'],
      listed: ['laptop', 'tablet'],
      log: records.log,
    })
    await expectOneEntry(scene, answer, {
      action: 'refresh_token_reused',
      actor: '',
      session: phone.session,
      detail: 'session ended',
    })
    expect(await whatWorks(street, alice)).toEqual(ONLY_PHONE_ENDED)
    await expectBobUntouched(scene)
  })
})

describe('an order of an operator', () => {
  test('to log a user out ends every session of that user', async () => {
    const scene = await openScene()
    const { street, alice } = scene

    const answer = await street.call('POST', `/admin/users/${alice.id}/logout`, {
      token: await street.serviceToken(),
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'global', 3, 'Logged out from all devices'))
    await expectNextVersion(scene)
    await expectOneEntry(scene, answer, { action: 'logout_by_admin', actor: 'service_role' })
    expect(await blacklistOf(street)).toEqual({})
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('200')
  })

  const orders = [
    {
      what: 'a ban',
      order: { ban_duration: '24h' },
      action: 'user_banned',
      detail: 'ban=24h; ends all',
    },
    {
      what: 'another role',
      order: { role: 'admin' },
      action: 'user_modified',
      detail: 'role=admin; ends all',
    },
    {
      what: 'another password',
      order: { password: NEW_PASSWORD },
      action: 'user_updated_password',
      detail: 'password; ends all',
    },
    {
      what: 'another email address',
      order: { email: 'another@example.com' },
      action: 'user_updated_email',
      detail: 'email; ends all',
    },
  ]
  test.each(orders)('$what ends every session of that user', async ({ order, action, detail }) => {
    const scene = await openScene()
    const { street, alice } = scene

    const answer = await street.call('PUT', `/admin/users/${alice.id}`, {
      token: await street.serviceToken(),
      body: order,
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: alice.id })
    await expectNextVersion(scene)
    await expectOneEntry(scene, answer, { action, actor: 'service_role', detail })
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
  })

  test('a banned user cannot sign in until the ban is over, and ended sessions stay ended', async () => {
    const scene = await openScene()
    const { street, alice } = scene
    await street.call('PUT', `/admin/users/${alice.id}`, {
      token: await street.serviceToken(),
      body: { ban_duration: '1m' },
    })

    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 user_banned')
    street.clock.pass(61)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('200')
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
  })

  test('to delete a user ends every session of that user', async () => {
    const scene = await openScene()
    const { street, alice } = scene

    const answer = await street.call('DELETE', `/admin/users/${alice.id}`, {
      token: await street.serviceToken(),
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: alice.id })
    const { version, listed } = await recordsOf(street, alice)
    expect({ version, listed }).toEqual({ version: null, listed: [] })
    await expectOneEntry(scene, answer, { action: 'user_deleted', actor: 'service_role' })
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    await expectBobUntouched(scene)
    expect(await trySignIn(street, alice.email, PASSWORD)).toBe('400 invalid_credentials')
  })

  test('a change that makes nothing old untrue ends nothing', async () => {
    const scene = await openScene()
    const { street, alice, before } = scene

    const answer = await street.call('PUT', `/admin/users/${alice.id}`, {
      token: await street.serviceToken(),
      body: { user_metadata: { nickname: 'Al' }, role: 'authenticated', ban_duration: 'none' },
    })

    expect(answer.status).toBe(200)
    const records = await recordsOf(street, alice)
    expect(records).toEqual({ ...before.alice, log: records.log })
    await expectOneEntry(scene, answer, {
      action: 'user_modified',
      actor: 'service_role',
      detail: 'user_metadata; ends none',
    })
    expect(await whatWorks(street, alice)).toEqual(ALL_LIVE)
    await expectBobUntouched(scene)
  })

  test('to log everyone out ends every session of everyone', async () => {
    const scene = await openScene()
    const { street, alice, bob, before } = scene
    const service = await street.serviceToken()
    const cutoff = Number(await street.redis.look('GET', 'token_version'))

    const answer = await street.call('POST', '/admin/logout', { token: service })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'realm', null, 'Everyone is logged out'))
    expect(Number(await street.redis.look('GET', 'token_version'))).toBe(cutoff + 1)
    expect(await recordsOf(street, alice)).toEqual(before.alice)
    expect(await recordsOf(street, bob)).toEqual(before.bob)
    await street.settled()
    const realm = await entriesOf(street.redis, 'audit')
    expect(realm.filter(({ action }) => action === 'logout_everyone')).toEqual([
      entry(scene, answer, { action: 'logout_everyone', subject: '', actor: 'service_role' }),
    ])
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    expect(await whatWorks(street, bob)).toEqual(ALL_ENDED)
  })

  test('after everyone was logged out, whoever signs in again works, and so does the service', async () => {
    const scene = await openScene()
    const { street, alice, bob } = scene
    const service = await street.serviceToken()
    await street.call('POST', '/admin/logout', { token: service })

    const again = await street.signIn(alice)

    const token = again.access_token
    expect((await street.call('GET', '/user', { token })).body).toMatchObject({ id: alice.id })
    expect((await street.refresh(again.refresh_token)).status).toBe(200)
    expect((await street.call('GET', '/admin/users', { token: service })).status).toBe(200)
    const list = await street.call('GET', '/sessions', { token })
    expect(list.body.sessions).toMatchObject([{ id: claimsOf(token).sid, current: true }])
    expect(await whatWorks(street, alice)).toEqual(ALL_ENDED)
    expect(await whatWorks(street, bob)).toEqual(ALL_ENDED)
  })
})

async function trySignIn(street: Street, email: string, password: string): Promise<string> {
  const { status, body } = await street.call('POST', '/token?grant_type=password', {
    body: { email, password },
  })
  return body.error_code === undefined ? String(status) : `${status} ${body.error_code}`
}
