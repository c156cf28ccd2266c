/** The promise, row by row: which tokens an operator's call ends, tried with every token of two people on three devices each. */

import { describe, expect, test } from 'vitest'
import { whatWorks } from './support/devices.ts'
import { blacklistOf, recordsOf } from './support/owner-records.ts'
import {
  ALL_ENDED,
  ALL_LIVE,
  entry,
  expectBobUntouched,
  expectNextVersion,
  expectOneEntry,
  NEW_PASSWORD,
  openScene,
  receipt,
  trySignIn,
} from './support/promise-scene.ts'
import { entriesOf } from './support/redis-contents.ts'
import { claimsOf, PASSWORD } from './support/street.ts'

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
    const { log: _, ...records } = await recordsOf(street, alice)
    const { log: _before, ...untouched } = before.alice
    expect(records).toEqual(untouched)
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
