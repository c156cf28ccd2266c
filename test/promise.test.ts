/** The promise, row by row: which tokens a call of a person's own ends, tried with every token of two people on three devices each. */

import { describe, expect, test } from 'vitest'
import { newestAccess, renew, whatWorks } from './support/devices.ts'
import { blacklistOf, recordsOf } from './support/owner-records.ts'
import {
  ALL_ENDED,
  ALL_LIVE,
  expectBlacklisted,
  expectBobUntouched,
  expectNextVersion,
  expectOneEntry,
  NEW_PASSWORD,
  ONLY_LAPTOP_ENDED,
  ONLY_LAPTOP_LIVES,
  ONLY_PHONE_ENDED,
  openScene,
  receipt,
  trySignIn,
} from './support/promise-scene.ts'
import { PASSWORD } from './support/street.ts'

describe('a logout by the user', () => {
  test('local ends this session and no other', async () => {
    const scene = await openScene()
    const { street, alice, laptop, phone, before } = scene
    const token = newestAccess(laptop)

    const answer = await street.call('POST', '/logout?scope=local', { token })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(receipt(scene, 'local', 1))
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['phone', 'tablet'],
      detailed: ['phone', 'tablet'],
      listed: ['phone', 'tablet'],
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
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
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
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop', 'tablet'],
      detailed: ['laptop', 'tablet'],
      listed: ['laptop', 'tablet'],
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
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
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
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop'],
      detailed: ['laptop'],
      listed: ['laptop'],
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
    const { log: _, ...records } = await recordsOf(street, alice)
    const { log: _before, ...untouched } = before.alice
    expect(records).toEqual(untouched)
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
    const { log: _, ...records } = await recordsOf(street, alice)
    expect(records).toEqual({
      version: before.alice.version,
      marked: ['laptop', 'tablet'],
      detailed: ['laptop', 'tablet'],
      listed: ['laptop', 'tablet'],
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
