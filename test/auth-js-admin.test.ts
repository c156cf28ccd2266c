/** The unmodified npm client's admin calls against our service. */

import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  ALIVE,
  answersTo,
  BASE_PATH,
  DEAD,
  openAdmin,
  openClient,
  versions,
} from './support/auth-client.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

let people = 0
const newEmail = () => `person-${++people}@example.com`
const NOBODY = '00000000-0000-4000-8000-000000000000'

describe.each(versions)('auth-js $version, admin', ({ authJs }) => {
  let street: Street
  let admin: ReturnType<typeof openAdmin>['admin']
  beforeAll(async () => {
    street = await openStreet({ basePath: BASE_PATH })
  })
  beforeEach(async () => {
    admin = openAdmin(authJs, street, await street.serviceToken()).admin
  })

  async function openPerson() {
    const email = newEmail()
    const client = openClient(authJs, street)
    const { data, error } = await client.auth.signUp({ email, password: PASSWORD })
    expect(error).toBeNull()
    return { ...client, email, id: data.user?.id ?? '' }
  }

  const signIn = (email: string, password = PASSWORD) =>
    openClient(authJs, street).auth.signInWithPassword({ email, password })

  test('createUser makes an account that can sign in', async () => {
    const email = newEmail()
    const { data, error } = await admin.createUser({
      email,
      password: PASSWORD,
      email_confirm: true,
      user_metadata: { name: 'Ada' },
      app_metadata: { plan: 'gold' },
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email,
      role: 'authenticated',
      user_metadata: { name: 'Ada' },
      app_metadata: { provider: 'email', providers: ['email'], plan: 'gold' },
    })
    const signedIn = await signIn(email)
    expect(signedIn.data.user?.id).toBe(data.user?.id)
  })

  test('createUser without email_confirm makes one that cannot yet', async () => {
    const email = newEmail()
    const { data } = await admin.createUser({ email, password: PASSWORD })
    expect(data.user?.email_confirmed_at).toBeNull()
    expect((await signIn(email)).error).toMatchObject({ status: 400, code: 'email_not_confirmed' })
    await admin.updateUserById(data.user?.id ?? '', { email_confirm: true })
    expect((await signIn(email)).error).toBeNull()
  })

  test('createUser with a taken address is email_exists', async () => {
    const { email } = await openPerson()
    const { data, error } = await admin.createUser({ email, password: PASSWORD })
    expect(error).toMatchObject({ name: 'AuthApiError', status: 422, code: 'email_exists' })
    expect(data.user).toBeNull()
  })

  test('createUser with what is no address is validation_failed', async () => {
    const { error } = await admin.createUser({ email: 'nobody' })
    expect(error).toMatchObject({
      status: 400,
      code: 'validation_failed',
      message: 'Unable to validate email address: invalid format',
    })
  })

  test('a password_hash is refused aloud, and changes nothing', async () => {
    const email = newEmail()
    const hash = { password_hash: '$2a$10$abcdefghijklmnopqrstuuTj0zT6vH7nL4c5v0XwG7m6b5n4c3x2z' }
    const made = await admin.createUser({ email, ...hash })
    expect(made.error).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(made.error?.message).toContain('password_hash: is not taken here')
    const person = await openPerson()
    const { error } = await admin.updateUserById(person.id, hash)
    expect(error).toMatchObject({ status: 422, code: 'validation_failed' })
    expect((await person.auth.getUser()).error).toBeNull()
    expect((await person.auth.updateUser({ phone: '+15550100' })).error?.message).toContain(
      'phone: is not taken here',
    )
  })

  test('createUser with a weak password says why', async () => {
    const { error } = await admin.createUser({ email: newEmail(), password: 'short' })
    expect(error).toMatchObject({ name: 'AuthWeakPasswordError', reasons: ['length'] })
  })

  test('getUserById finds a user', async () => {
    const person = await openPerson()
    const { data, error } = await admin.getUserById(person.id)
    expect(error).toBeNull()
    expect(data.user?.email).toBe(person.email)
  })

  test('getUserById of nobody is user_not_found', async () => {
    const { data, error } = await admin.getUserById(NOBODY)
    expect(error).toMatchObject({ name: 'AuthApiError', status: 404, code: 'user_not_found' })
    expect(data.user).toBeNull()
  })

  test('updateUserById with a password ends every session of the user', async () => {
    const person = await openPerson()
    const { error } = await admin.updateUserById(person.id, { password: 'a new battery staple' })
    expect(error).toBeNull()
    expect(await answersTo(street, person.stored())).toEqual(DEAD)
    expect((await signIn(person.email)).error?.code).toBe('invalid_credentials')
    expect((await signIn(person.email, 'a new battery staple')).error).toBeNull()
  })

  test('updateUserById bans, and lifts the ban', async () => {
    const person = await openPerson()
    const { data } = await admin.updateUserById(person.id, { ban_duration: '24h' })
    expect(Date.parse(String(data.user?.banned_until))).toBe(street.clock.now + 24 * 3600 * 1000)
    expect(await answersTo(street, person.stored())).toEqual(DEAD)
    expect((await signIn(person.email)).error?.code).toBe('user_banned')
    const lifted = await admin.updateUserById(person.id, { ban_duration: 'none' })
    expect(lifted.data.user?.banned_until).toBeNull()
    expect((await signIn(person.email)).error).toBeNull()
  })

  test('updateUserById merges metadata, deletes what is null, and lets the sessions live', async () => {
    const person = await openPerson()
    await admin.updateUserById(person.id, {
      user_metadata: { name: 'Ada', theme: 'dark' },
      app_metadata: { plan: 'gold', team: 7 },
    })
    const { data } = await admin.updateUserById(person.id, {
      user_metadata: { theme: null },
      app_metadata: { plan: null },
    })
    expect(data.user?.user_metadata).toEqual({ name: 'Ada' })
    expect(data.user?.app_metadata).toEqual({ provider: 'email', providers: ['email'], team: 7 })
    expect(await answersTo(street, person.stored())).toEqual(ALIVE)
  })

  test('updateUserById with a role ends the sessions that still carry the old one', async () => {
    const person = await openPerson()
    const { data } = await admin.updateUserById(person.id, { role: 'admin' })
    expect(data.user?.role).toBe('admin')
    expect(await answersTo(street, person.stored())).toEqual(DEAD)
    const { data: again } = await signIn(person.email)
    const theirs = openAdmin(authJs, street, again.session?.access_token ?? '')
    expect((await theirs.admin.listUsers()).error).toBeNull()
  })

  test('updateUserById to a taken address is email_exists', async () => {
    const [one, two] = [await openPerson(), await openPerson()]
    const { error } = await admin.updateUserById(one.id, { email: two.email })
    expect(error).toMatchObject({ status: 422, code: 'email_exists' })
  })

  test('deleteUser answers with the user, who is gone', async () => {
    const person = await openPerson()
    const { data, error } = await admin.deleteUser(person.id)
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ id: person.id, email: person.email })
    expect((await admin.getUserById(person.id)).error?.code).toBe('user_not_found')
    expect(await answersTo(street, person.stored())).toEqual(DEAD)
    const { error: gone } = await person.auth.getUser()
    expect(gone?.name).toBe('AuthSessionMissingError')
    expect(person.stored()).toBeNull()
  })

  test('deleteUser that shall keep the account is refused aloud, and deletes nothing', async () => {
    const person = await openPerson()
    const { error } = await admin.deleteUser(person.id, true)
    expect(error).toMatchObject({ status: 422, code: 'validation_failed' })
    expect(error?.message).toContain('deleting is for good')
    expect((await admin.getUserById(person.id)).data.user?.email).toBe(person.email)
    expect(await answersTo(street, person.stored())).toEqual(ALIVE)
    expect((await admin.deleteUser(person.id, false)).error).toBeNull()
  })

  test.each<{ scope: 'global' | 'local' | 'others'; own: typeof ALIVE; other: typeof ALIVE }>([
    { scope: 'global', own: DEAD, other: DEAD },
    { scope: 'local', own: DEAD, other: ALIVE },
    { scope: 'others', own: ALIVE, other: DEAD },
  ])('signOut with a user’s own token and scope $scope', async ({ scope, own, other }) => {
    const phone = await openPerson()
    const { data: laptop } = await signIn(phone.email)
    const token = phone.stored()?.access_token ?? ''
    const { error } = await admin.signOut(token, scope)
    expect(error).toBeNull()
    expect(await answersTo(street, phone.stored())).toEqual(own)
    expect(await answersTo(street, laptop.session)).toEqual(other)
  })

  test('a user’s own token is not enough: not_admin', async () => {
    const person = await openPerson()
    const theirs = openAdmin(authJs, street, person.stored()?.access_token ?? '')
    const { data, error } = await theirs.admin.listUsers()
    expect(error).toMatchObject({ name: 'AuthApiError', status: 403, code: 'not_admin' })
    expect(data.users).toEqual([])
  })

  describe('listUsers', () => {
    const made: string[] = []
    let town: Street
    let list: ReturnType<typeof openAdmin>
    beforeAll(async () => {
      made.length = 0
      town = await openStreet({ basePath: BASE_PATH })
      const { admin } = openAdmin(authJs, town, await town.serviceToken())
      for (let i = 0; i < 7; i++) {
        const email = newEmail()
        town.clock.pass(1)
        const { error } = await admin.createUser({ email })
        expect(error).toBeNull()
        made.unshift(email)
      }
      list = openAdmin(authJs, town, await town.serviceToken())
    })

    test('without a page gives all of them, newest first', async () => {
      const { data, error } = await list.admin.listUsers()
      expect(error).toBeNull()
      expect(list.exchanges.at(-1)?.request).toBe('GET /admin/users?page=&per_page=')
      expect(data.users.map(({ email }) => email)).toEqual(made)
      expect(data).toMatchObject({ aud: 'authenticated', total: 7, lastPage: 1 })
    })

    test.each([
      { page: 1, size: 3, nextPage: 2 },
      { page: 2, size: 3, nextPage: 3 },
      { page: 3, size: 1, nextPage: null },
      { page: 4, size: 0, nextPage: null },
    ])(
      'page $page of 3 knows the total, the next and the last',
      async ({ page, size, nextPage }) => {
        const { data } = await list.admin.listUsers({ page, perPage: 3 })
        expect(data.users.map(({ email }) => email)).toEqual(
          made.slice((page - 1) * 3, (page - 1) * 3 + size),
        )
        expect(data).toMatchObject({ total: 7, lastPage: 3 })
        expect('nextPage' in data ? data.nextPage : null).toBe(nextPage)
      },
    )

    test('of a page that is none is validation_failed', async () => {
      const { error } = await list.admin.listUsers({ page: -1 })
      expect(error).toMatchObject({ status: 400, code: 'validation_failed' })
    })
  })
})
