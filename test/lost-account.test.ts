/** Sessions whose account is lost: they can still be ended, each of them, and no half of an account is left behind by that. */

import { expect, test } from 'vitest'
import { type Device, deviceOf, inWords, newestAccess, newestRefresh } from './support/devices.ts'
import { post } from './support/oauth-clients.ts'
import { type Answer, openStreet, type Street } from './support/street.ts'

interface Scene {
  street: Street
  laptop: Device
  phone: Device
}

const call = (method: string, path: (scene: Scene) => string) => (scene: Scene) =>
  scene.street.call(method, path(scene), { token: newestAccess(scene.laptop) })

const endings: {
  what: string
  end: (scene: Scene) => Promise<Answer>
  ends: ('laptop' | 'phone')[]
}[] = [
  {
    what: 'the others, from one of them',
    end: call('POST', () => '/logout?scope=others'),
    ends: ['phone'],
  },
  {
    what: 'another one, by its id',
    end: call('DELETE', ({ phone }) => `/sessions/${phone.session}`),
    ends: ['phone'],
  },
  { what: 'itself', end: call('POST', () => '/logout?scope=local'), ends: ['laptop'] },
  { what: 'all', end: call('POST', () => '/logout/all'), ends: ['laptop', 'phone'] },
  {
    what: 'by the revocation of a refresh token',
    end: ({ street, phone }) => post(street, '/revoke', { token: newestRefresh(phone) }),
    ends: ['phone'],
  },
]

test.each(endings)('$what', async ({ end, ends }) => {
  const street = await openStreet()
  const person = await street.signUp()
  const scene = { street, laptop: deviceOf(person), phone: deviceOf(await street.signIn(person)) }
  expect(await street.redis.look('DEL', `user:${person.user.id}`)).toBe(1)

  const answer = await end(scene)

  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  for (const name of ['laptop', 'phone'] as const) {
    const { session } = scene[name]
    const lives = ends.includes(name) ? 0 : 1
    expect(await street.redis.look('EXISTS', `session:${session}`), name).toBe(lives)
    // With or without its session, nothing is known of an account that is not there.
    const shown = await street.call('GET', '/user', { token: newestAccess(scene[name]) })
    expect(inWords(shown), name).toBe('401 session_not_found')
  }
  expect(await street.redis.look('EXISTS', `user:${person.user.id}`)).toBe(0)
})
