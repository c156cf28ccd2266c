/** Redis that lost something, or was set back to an older state: it logs people out, and never back in. */

import { describe, expect, test } from 'vitest'
import { bitAt } from '../src/crypto/verify-status-list.ts'
import { type Device, deviceOf, inWords, judge, newestAccess, renew } from './support/devices.ts'
import { backUp } from './support/redis-backup.ts'
import { contentsOf, keysOf, textsOf } from './support/redis-contents.ts'
import { dump } from './support/redis-dump.ts'
import { listOf, statusOf } from './support/status-lists.ts'
import { claimsOf, openStreet, PASSWORD, type Person, type Street } from './support/street.ts'

interface Scene {
  street: Street
  person: Person
  id: string
  laptop: Device
  phone: Device
  /** Of somebody else. */
  other: Device
}

async function openScene(): Promise<Scene> {
  const street = await openStreet()
  const other = deviceOf(await street.signUp())
  const person = await street.signUp()
  const laptop = deviceOf(person)
  const phone = deviceOf(await street.signIn(person))
  await street.settled()
  // Every counter begins at the moment of its making: those of later differ.
  street.clock.pass(1)
  return { street, person, id: person.user.id, laptop, phone, other }
}

/** As a page does that has its cookie only. */
const logOutByCookie = (street: Street, { refreshTokens }: Device) =>
  street.call('POST', '/logout?scope=global', {
    headers: {
      Origin: 'http://localhost',
      'Sec-Fetch-Site': 'same-origin',
      'X-Curfew-Transport': 'cookie',
      Cookie: `__Host-curfew-refresh=${refreshTokens.at(-1)}`,
    },
  })

const lose = async ({ street }: Scene, key: string): Promise<void> => {
  expect(await street.redis.look('DEL', key), `${key} was there to be lost`).toBe(1)
}

/** The laptop's mark, alone or with the user's counter, says a version that no token has. */
async function setBack({ street, id, laptop }: Scene, what: 'mark' | 'mark and counter') {
  const key = `session:${laptop.session}`
  const version = String(claimsOf(newestAccess(laptop)).ver)
  const [, realm] = version.split('.')
  const mark = String(await street.redis.look('GET', key))
  expect(mark).toContain(version)
  await street.redis.look('SET', key, mark.replace(version, `1.${realm}`))
  if (what === 'mark and counter') await street.redis.look('SET', `token_version:${id}`, '1')
}

describe("the user's token version", () => {
  test('when lost, every session of the user is over, and nobody else notices', async () => {
    const scene = await openScene()
    const { street, id, laptop, phone, other } = scene
    await lose(scene, `token_version:${id}`)
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
    expect(await judge(street, other)).toBe('lives')
  })

  test('when lost, the next sign-in works, and the sessions of before stay over', async () => {
    const scene = await openScene()
    const { street, person, id, laptop, phone } = scene
    await lose(scene, `token_version:${id}`)
    const again = deviceOf(await street.signIn(person))
    expect(await judge(street, again)).toBe('lives')
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
  })

  test('when lost after a global logout, signing in brings none of the ended sessions back', async () => {
    const scene = await openScene()
    const { street, person, id, laptop, phone } = scene
    await street.call('POST', '/logout?scope=global', { token: newestAccess(laptop) })
    await lose(scene, `token_version:${id}`)
    const again = deviceOf(await street.signIn(person))
    expect(await judge(street, again)).toBe('lives')
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
  })

  test('when lost, an operator still ends every session of the user', async () => {
    const scene = await openScene()
    const { street, person, id, laptop, phone } = scene
    await lose(scene, `token_version:${id}`)
    const answer = await street.call('POST', `/admin/users/${id}/logout`, {
      token: await street.serviceToken(),
    })
    expect(answer.status).toBe(200)
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
    expect(await judge(street, deviceOf(await street.signIn(person)))).toBe('lives')
  })
})

describe("the user's token version, begun anew", () => {
  const orders: [string, string, string, object?][] = [
    ['a logout', 'POST', '/logout'],
    ['a ban', 'PUT', '', { ban_duration: '1h' }],
  ]
  test.each(orders)(
    'by %s by an operator, is one that no token has',
    async (_, method, path, body) => {
      const scene = await openScene()
      const { street, id } = scene
      await lose(scene, `token_version:${id}`)
      const token = await street.serviceToken()
      const answer = await street.call(method, `/admin/users/${id}${path}`, { token, body })
      expect(answer.status).toBe(200)
      const version = Number(await street.redis.look('GET', `token_version:${id}`))
      expect(version).toBeGreaterThan(street.clock.now)
    },
  )
})

describe("the realm's token version", () => {
  test('when lost, everyone is logged out', async () => {
    const scene = await openScene()
    const { street, laptop, phone, other } = scene
    await lose(scene, 'token_version')
    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
  })

  test('when lost, the next sign-in of anyone works, and nobody else is back in', async () => {
    const scene = await openScene()
    const { street, person, laptop, phone, other } = scene
    await lose(scene, 'token_version')
    const again = deviceOf(await street.signIn(person))
    expect(await judge(street, again)).toBe('lives')
    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
  })

  test('when lost twice, each time before everyone is logged out, brings nobody back', async () => {
    const scene = await openScene()
    const { street, person } = scene
    const cutAfterLoss = async () => {
      await lose(scene, 'token_version')
      const token = await street.serviceToken()
      expect((await street.call('POST', '/admin/logout', { token })).status).toBe(200)
      street.clock.pass(1)
    }
    await cutAfterLoss()
    const between = deviceOf(await street.signIn(person))
    await cutAfterLoss()
    expect(await judge(street, between)).toBe('ended')
  })

  test('when lost after everyone was logged out, signing in brings nobody else back', async () => {
    const scene = await openScene()
    const { street, person, laptop, phone, other } = scene
    await street.call('POST', '/admin/logout', { token: await street.serviceToken() })
    await lose(scene, 'token_version')
    const again = deviceOf(await street.signIn(person))
    expect(await judge(street, again)).toBe('lives')
    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
  })
})

describe('a session', () => {
  test('whose mark is lost is over, and no other', async () => {
    const scene = await openScene()
    const { street, laptop, phone } = scene
    await lose(scene, `session:${laptop.session}`)
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('lives')
  })

  test("whose mark is somebody else's is over", async () => {
    const scene = await openScene()
    const { street, laptop, phone, other } = scene
    const mark = await street.redis.look('GET', `session:${other.session}`)
    await street.redis.look('SET', `session:${laptop.session}`, String(mark))
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('lives')
  })

  test.each(['', 'x', 'a b', '{}'])('whose mark reads %j is over', async (damaged) => {
    const { street, laptop, phone } = await openScene()
    await street.redis.look('SET', `session:${laptop.session}`, damaged)
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('lives')
  })

  test('whose mark is of another token version than the counters is over', async () => {
    const scene = await openScene()
    await setBack(scene, 'mark')
    expect(await judge(scene.street, scene.laptop)).toBe('ended')
    expect(await judge(scene.street, scene.phone)).toBe('lives')
  })

  test('whose mark and counters are of another token version than its access token does not accept that', async () => {
    const scene = await openScene()
    await setBack(scene, 'mark and counter')
    const token = newestAccess(scene.laptop)
    expect(inWords(await scene.street.call('GET', '/user', { token }))).toBe(
      '401 session_not_found',
    )
  })

  test('whose details are lost cannot be refreshed', async () => {
    const scene = await openScene()
    const { street, laptop, phone } = scene
    await lose(scene, `session:${laptop.session}:detail`)
    expect(inWords(await street.refresh(laptop.refreshTokens[0] ?? ''))).toBe(
      '400 refresh_token_not_found',
    )
    expect(await judge(street, phone)).toBe('lives')
  })

  test('whose details are lost cannot be reauthenticated, and leaves no halves of them behind', async () => {
    const scene = await openScene()
    const { street, person, laptop, phone } = scene
    await lose(scene, `session:${laptop.session}:detail`)

    const answer = await street.call('POST', '/reauthenticate', {
      token: newestAccess(laptop),
      body: { password: person.password },
    })

    expect(inWords(answer)).toBe('401 session_not_found')
    expect(await keysOf(street.redis, `session:${laptop.session}*`)).toEqual([
      `session:${laptop.session}`,
    ])
    const list = await street.call('GET', '/sessions', { token: newestAccess(phone) })
    expect(list.body.sessions).toMatchObject([{ id: phone.session }])
  })

  test.each([
    ['PUT', { password: 'battery horse correct' }],
    ['PUT', { email: 'elsewhere@example.com' }],
    ['PUT', { email: 'elsewhere@example.com', current_password: PASSWORD }],
    ['DELETE', undefined],
    ['DELETE', { current_password: PASSWORD }],
  ])(
    'whose details are lost can do nothing that needs a proof, and is not asked for one: %s %j',
    async (method, body) => {
      const scene = await openScene()
      const { street, laptop, phone } = scene
      await lose(scene, `session:${laptop.session}:detail`)
      const kept = () => contentsOf(street.redis, { without: ['limit:'] })
      const before = await kept()

      const answer = await street.call(method, '/user', { token: newestAccess(laptop), body })

      expect(inWords(answer)).toBe('401 session_not_found')
      await street.settled()
      expect(await kept()).toEqual(before)
      expect(await judge(street, phone)).toBe('lives')
    },
  )

  test('whose details are lost can still be logged out', async () => {
    const scene = await openScene()
    const { street, laptop } = scene
    await lose(scene, `session:${laptop.session}:detail`)
    const answer = await street.call('POST', '/logout?scope=local', {
      token: newestAccess(laptop),
    })
    expect(answer.body).toMatchObject({ sessions_ended: 1 })
    expect(await judge(street, laptop)).toBe('ended')
  })

  test('whose details are lost is ended by the revocation of its refresh token', async () => {
    const scene = await openScene()
    const { street, laptop, phone } = scene
    await lose(scene, `session:${laptop.session}:detail`)
    const answer = await street.call('POST', '/revoke', {
      body: `token=${laptop.refreshTokens[0]}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(200)
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('lives')
  })

  test('whose mark is lost is marked in its status list by a logout, for whoever goes by that', async () => {
    const scene = await openScene()
    const { street, laptop } = scene
    await lose(scene, `session:${laptop.session}`)
    const token = newestAccess(laptop)
    const bit = async () => bitAt((await listOf(street, token)).bits, statusOf(token).idx)
    expect(await bit()).toBe(false)
    const answer = await street.call('POST', '/logout?scope=local', { token })
    expect(answer.body).toMatchObject({ sessions_ended: 0 })
    expect(await bit()).toBe(true)
  })

  test('whose details are lost can still end all the others by its refresh token', async () => {
    const scene = await openScene()
    const { street, laptop, phone, other } = scene
    await lose(scene, `session:${laptop.session}:detail`)
    expect((await logOutByCookie(street, laptop)).body).toMatchObject({ sessions_ended: 2 })
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
    expect(await judge(street, other)).toBe('lives')
  })

  test('that is set back to an older generation still ends all by the newer token', async () => {
    const { street, laptop, phone, other } = await openScene()
    await renew(street, laptop)
    await street.redis.look('HSET', `session:${laptop.session}:detail`, 'generation', '0')
    expect((await logOutByCookie(street, laptop)).body).toMatchObject({ sessions_ended: 2 })
    expect(await judge(street, laptop)).toBe('ended')
    expect(await judge(street, phone)).toBe('ended')
    expect(await judge(street, other)).toBe('lives')
  })

  test("that is gone from its user's set cannot be refreshed: no logout of the others would find it", async () => {
    const { street, id, laptop, phone } = await openScene()
    const set = `sessions:${id}`
    const members = textsOf(await street.redis.look('ZRANGE', set, 0, -1))
    const own = members.find((member) => member.startsWith(laptop.session)) ?? ''
    expect(await street.redis.look('ZREM', set, own)).toBe(1)
    expect(inWords(await street.refresh(laptop.refreshTokens[0] ?? ''))).toBe(
      '400 refresh_token_not_found',
    )
    expect(await judge(street, phone)).toBe('lives')
  })

  test.each([
    ['logs out the others', 'POST', '/logout?scope=others', undefined],
    ['logs them out with a change of nothing', 'PUT', '/user', { logout: 'others' }],
    ['sets a new password', 'PUT', '/user', { password: 'a new and better password' }],
  ])('whose set is lost, whoever %s is told that nothing ended', async (_, method, path, body) => {
    const { street, id, laptop, phone } = await openScene()
    await street.redis.look('DEL', `sessions:${id}`)
    await street.settled()
    const before = await dump(street.redis)
    const call = () => street.call(method, path, { token: newestAccess(laptop), body })
    expect(inWords(await call())).toBe('401 session_not_found')
    expect(inWords(await call())).toBe('401 session_not_found')
    expect(await dump(street.redis)).toEqual(before)
    const global = await street.call('POST', '/logout', { token: newestAccess(laptop) })
    expect(global.status).toBe(200)
    for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('ended')
  })

  test('whose account is lost cannot be refreshed', async () => {
    const scene = await openScene()
    const { street, id, laptop, other } = scene
    await lose(scene, `user:${id}`)
    expect(inWords(await street.refresh(laptop.refreshTokens[0] ?? ''))).toBe(
      '400 refresh_token_not_found',
    )
    const token = newestAccess(laptop)
    expect(inWords(await street.call('GET', '/user', { token }))).toBe('401 session_not_found')
    expect(await judge(street, other)).toBe('lives')
  })
})

describe('everything', () => {
  test('when lost, nobody is logged in, and nobody can sign in', async () => {
    const { street, person, laptop, phone, other } = await openScene()
    await street.redis.look('FLUSHDB')
    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
    const answer = await street.call('POST', '/token?grant_type=password', {
      body: { email: person.email, password: person.password },
    })
    expect(inWords(answer)).toBe('400 invalid_credentials')
    const left = await keysOf(street.redis)
    expect(left.filter((key) => !/^(limit:|audit$)/.test(key))).toEqual([])
  })

  test('when lost, the same address signs up as somebody new', async () => {
    const { street, person, laptop, phone } = await openScene()
    await street.redis.look('FLUSHDB')
    const again = await street.signUp(person.email)
    expect(again.user.id).not.toBe(person.user.id)
    expect(await judge(street, deviceOf(again))).toBe('lives')
    for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('ended')
  })
})

describe('an older state', () => {
  test('in which a refresh token was not handed out yet refuses it, without ending the session', async () => {
    const { street, laptop, phone } = await openScene()
    const [first = ''] = laptop.refreshTokens
    await renew(street, laptop)
    await street.redis.look('HSET', `session:${laptop.session}:detail`, 'generation', '0')

    expect(inWords(await street.refresh(laptop.refreshTokens[1] ?? ''))).toBe(
      '400 refresh_token_not_found',
    )

    expect(await street.redis.look('EXISTS', `session:${laptop.session}`)).toBe(1)
    // Whose turn it is in that state goes on.
    expect((await street.refresh(first)).status).toBe(200)
    expect(await judge(street, phone)).toBe('lives')
  })

  test('of the token version refuses what was signed under the newer one', async () => {
    const { street, person, id, laptop } = await openScene()
    const version = String(await street.redis.look('GET', `token_version:${id}`))
    await street.call('POST', '/logout?scope=global', { token: newestAccess(laptop) })
    const again = deviceOf(await street.signIn(person))
    expect(claimsOf(newestAccess(again)).ver).not.toBe(claimsOf(newestAccess(laptop)).ver)
    await street.redis.look('SET', `token_version:${id}`, version)
    expect(await judge(street, again)).toBe('ended')
    // Logged out by its own mark, which the logout deleted.
    expect(await judge(street, laptop)).toBe('ended')
  })

  test('that is a restored backup brings back what was ended since, until everyone is logged out', async () => {
    const { street, laptop, phone, other } = await openScene()
    const restore = await backUp(street.redis)
    await street.call('POST', '/logout?scope=global', { token: newestAccess(laptop) })
    for (const device of [laptop, phone]) expect(await judge(street, device)).toBe('ended')

    await restore()

    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('lives')
    const answer = await street.call('POST', '/admin/logout', {
      token: await street.serviceToken(),
    })
    expect(answer.status).toBe(200)
    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
  })

  test('that is a restored backup brings nobody back when its counter is raised before it is asked', async () => {
    const { street, person, laptop, phone, other } = await openScene()
    const restore = await backUp(street.redis)
    await street.call('POST', '/logout?scope=global', { token: newestAccess(laptop) })

    await restore()
    await street.redis.look('INCR', 'token_version')

    for (const device of [laptop, phone, other]) expect(await judge(street, device)).toBe('ended')
    expect(await judge(street, deviceOf(await street.signIn(person)))).toBe('lives')
  })
})
