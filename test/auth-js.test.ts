/** The unmodified npm client against our service: what a person does with it, and how it tells of what went wrong. */

import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import {
  ALIVE,
  answersTo,
  BASE_PATH,
  DEAD,
  openAdmin,
  openClient,
  versions,
} from './support/auth-client.ts'
import { claimsOf, openStreet, PASSWORD, type Street } from './support/street.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let people = 0
const newEmail = () => `person-${++people}@example.com`

describe.each(versions)('auth-js $version', ({ authJs }) => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet({ basePath: BASE_PATH })
  })

  /** A client that has just signed up. */
  async function openPerson(email = newEmail()) {
    const client = openClient(authJs, street)
    const { error } = await client.auth.signUp({ email, password: PASSWORD })
    expect(error).toBeNull()
    return { ...client, email }
  }

  /** The same person on another device. */
  async function openDevice(email: string, password = PASSWORD) {
    const client = openClient(authJs, street)
    const { error } = await client.auth.signInWithPassword({ email, password })
    expect(error).toBeNull()
    return { ...client, email }
  }

  describe('signUp', () => {
    test('signs in at once, and keeps the session', async () => {
      const client = openClient(authJs, street)
      const { data, error } = await client.auth.signUp({
        email: 'Ada@Example.com',
        password: PASSWORD,
        options: { data: { name: 'Ada' } },
      })
      expect(error).toBeNull()
      expect(data.session).toMatchObject({ token_type: 'bearer', expires_in: 900 })
      expect(data.user?.email).toBe('ada@example.com')
      expect(data.user?.user_metadata).toEqual({ name: 'Ada' })
      expect(client.stored()?.access_token).toBe(data.session?.access_token)
      expect(client.events).toEqual(['INITIAL_SESSION', 'SIGNED_IN'])
      expect(await answersTo(street, data.session)).toEqual(ALIVE)
    })

    test('gives a user with all that the client and its users read', async () => {
      const { stored, email } = await openPerson()
      const user = stored()?.user
      expect(user).toEqual({
        id: expect.stringMatching(UUID),
        aud: 'authenticated',
        role: 'authenticated',
        email,
        phone: '',
        email_confirmed_at: expect.stringMatching(ISO),
        confirmed_at: expect.stringMatching(ISO),
        last_sign_in_at: expect.stringMatching(ISO),
        created_at: expect.stringMatching(ISO),
        updated_at: expect.stringMatching(ISO),
        banned_until: null,
        app_metadata: { provider: 'email', providers: ['email'] },
        user_metadata: {},
        identities: [
          {
            identity_id: user?.id,
            id: user?.id,
            user_id: user?.id,
            provider: 'email',
            identity_data: { sub: user?.id, email, email_verified: true },
            email,
            last_sign_in_at: expect.stringMatching(ISO),
            created_at: expect.stringMatching(ISO),
            updated_at: expect.stringMatching(ISO),
          },
        ],
        is_anonymous: false,
      })
    })

    test('of a taken address is user_already_exists', async () => {
      const { email } = await openPerson()
      const { auth, stored } = openClient(authJs, street)
      const { data, error } = await auth.signUp({ email, password: PASSWORD })
      expect(error).toMatchObject({
        name: 'AuthApiError',
        status: 422,
        code: 'user_already_exists',
        message: 'User already registered',
      })
      expect(data).toEqual({ user: null, session: null })
      expect(stored()).toBeNull()
    })

    test.each([
      { password: 'short', reasons: ['length'] },
      { password: 'password', reasons: ['pwned'] },
      { password: 'weak.person@example.com', reasons: ['characters'] },
    ])('with the weak password $password says why', async ({ password, reasons }) => {
      const { auth } = openClient(authJs, street)
      const { error } = await auth.signUp({ email: 'weak.person@example.com', password })
      expect(error).toMatchObject({
        name: 'AuthWeakPasswordError',
        status: 422,
        code: 'weak_password',
        reasons,
      })
    })

    test('of what is no address is validation_failed', async () => {
      const { auth } = openClient(authJs, street)
      const { error } = await auth.signUp({ email: 'nobody', password: PASSWORD })
      expect(error).toMatchObject({
        status: 400,
        code: 'validation_failed',
        message: 'Unable to validate email address: invalid format',
      })
    })
  })

  describe('signInWithPassword', () => {
    test('opens another session', async () => {
      const phone = await openPerson()
      const laptop = await openDevice(phone.email)
      expect(laptop.stored()?.user.id).toBe(phone.stored()?.user.id)
      expect(laptop.stored()?.refresh_token).not.toBe(phone.stored()?.refresh_token)
      expect(await answersTo(street, phone.stored())).toEqual(ALIVE)
      expect(await answersTo(street, laptop.stored())).toEqual(ALIVE)
    })

    test('with a wrong password is invalid_credentials', async () => {
      const { email } = await openPerson()
      const { auth, stored, events } = openClient(authJs, street)
      const { error } = await auth.signInWithPassword({ email, password: 'wrong' })
      expect(error).toMatchObject({
        name: 'AuthApiError',
        status: 400,
        code: 'invalid_credentials',
        message: 'Invalid login credentials',
      })
      expect(stored()).toBeNull()
      expect(events).not.toContain('SIGNED_IN')
    })

    test('of a banned user is user_banned', async () => {
      const person = await openPerson()
      const { admin } = openAdmin(authJs, street, await street.serviceToken())
      await admin.updateUserById(person.stored()?.user.id ?? '', { ban_duration: '1h' })
      const { auth } = openClient(authJs, street)
      const { error } = await auth.signInWithPassword({ email: person.email, password: PASSWORD })
      expect(error).toMatchObject({ name: 'AuthApiError', status: 400, code: 'user_banned' })
    })

    test('works where a project key stands in the Authorization header, as supabase-js sends it', async () => {
      const { email } = await openPerson()
      const client = openClient(authJs, street, {
        headers: { Authorization: 'Bearer project-key', apikey: 'project-key' },
      })
      expect((await client.auth.signInWithPassword({ email, password: PASSWORD })).error).toBeNull()
      expect((await client.auth.refreshSession()).error).toBeNull()
      expect((await client.auth.getUser()).data.user?.email).toBe(email)
    })
  })

  describe('getUser', () => {
    test('asks the server, and answers with the user', async () => {
      const { auth, exchanges, email } = await openPerson()
      const { data, error } = await auth.getUser()
      expect(error).toBeNull()
      expect(data.user?.email).toBe(email)
      expect(exchanges.at(-1)).toMatchObject({ request: 'GET /user', status: 200 })
    })

    test('takes a token as well, as servers do', async () => {
      const person = await openPerson()
      const server = openClient(authJs, street)
      const { data } = await server.auth.getUser(person.stored()?.access_token)
      expect(data.user?.email).toBe(person.email)
    })

    test('with a token that another device has revoked is AuthSessionMissingError, and drops the session', async () => {
      const phone = await openPerson()
      const laptop = await openDevice(phone.email)
      await laptop.auth.signOut({ scope: 'others' })
      const { data, error } = await phone.auth.getUser()
      expect(error).toMatchObject({ name: 'AuthSessionMissingError', status: 400 })
      expect(data.user).toBeNull()
      expect(phone.stored()).toBeNull()
      expect(phone.events.at(-1)).toBe('SIGNED_OUT')
    })

    test('with a token that is none of ours is bad_jwt, and keeps the session', async () => {
      const person = await openPerson()
      const { error } = await person.auth.getUser('eyJhbGciOiJub25lIn0.e30.')
      expect(error).toMatchObject({ name: 'AuthApiError', status: 401, code: 'bad_jwt' })
      expect(person.stored()).not.toBeNull()
      expect(person.events).not.toContain('SIGNED_OUT')
    })
  })

  describe('updateUser', () => {
    test('changes the password, and ends the other devices', async () => {
      const phone = await openPerson()
      const laptop = await openDevice(phone.email)
      const { data, error } = await phone.auth.updateUser({ password: 'a new battery staple' })
      expect(error).toBeNull()
      expect(data.user?.email).toBe(phone.email)
      expect(phone.events.at(-1)).toBe('USER_UPDATED')
      expect(await answersTo(street, laptop.stored())).toEqual(DEAD)
      expect(await answersTo(street, phone.stored())).toEqual(ALIVE)
      const old = await openClient(authJs, street).auth.signInWithPassword({
        email: phone.email,
        password: PASSWORD,
      })
      expect(old.error?.code).toBe('invalid_credentials')
      await openDevice(phone.email, 'a new battery staple')
    })

    test('to the same password is same_password', async () => {
      const { auth } = await openPerson()
      const { error } = await auth.updateUser({ password: PASSWORD })
      expect(error).toMatchObject({ status: 422, code: 'same_password' })
    })

    test('to a weak password says why', async () => {
      const { auth } = await openPerson()
      const { error } = await auth.updateUser({ password: 'iloveyou' })
      expect(error).toMatchObject({ name: 'AuthWeakPasswordError', reasons: ['pwned'] })
    })

    test('with a wrong current_password is current_password_invalid', async () => {
      const { auth, stored } = await openPerson()
      const { error } = await auth.updateUser({
        password: 'a new battery staple',
        current_password: 'wrong',
      })
      expect(error).toMatchObject({ status: 400, code: 'current_password_invalid' })
      expect(stored()).not.toBeNull()
    })

    test('merges the metadata, and deletes what is null', async () => {
      const { auth, stored } = await openPerson()
      await auth.updateUser({ data: { theme: 'dark', name: 'Ada' } })
      const { data } = await auth.updateUser({ data: { theme: null, language: 'en' } })
      expect(data.user?.user_metadata).toEqual({ name: 'Ada', language: 'en' })
      expect(stored()?.user.user_metadata).toEqual({ name: 'Ada', language: 'en' })
    })

    test('changes the email address, and ends the other devices', async () => {
      const phone = await openPerson()
      const laptop = await openDevice(phone.email)
      const email = newEmail()
      const { data, error } = await phone.auth.updateUser({ email })
      expect(error).toBeNull()
      expect(data.user?.email).toBe(email)
      expect(phone.stored()?.user.email).toBe(email)
      expect(await answersTo(street, laptop.stored())).toEqual(DEAD)
      expect(await answersTo(street, phone.stored())).toEqual(ALIVE)
      await openDevice(email)
    })

    test('to a taken address is email_exists, and changes nothing', async () => {
      const other = await openPerson()
      const { auth, stored, email } = await openPerson()
      const { error } = await auth.updateUser({ email: other.email })
      expect(error).toMatchObject({ status: 422, code: 'email_exists' })
      expect(stored()?.user.email).toBe(email)
      await openDevice(email)
    })
  })

  describe('setSession', () => {
    test('takes over a session from elsewhere', async () => {
      const person = await openPerson()
      const session = person.stored()
      const other = openClient(authJs, street)
      const { data, error } = await other.auth.setSession({
        access_token: session?.access_token ?? '',
        refresh_token: session?.refresh_token ?? '',
      })
      expect(error).toBeNull()
      expect(data.user?.email).toBe(person.email)
      expect(other.exchanges.map(({ request }) => request)).toEqual(['GET /user'])
      expect((await other.auth.refreshSession()).error).toBeNull()
    })

    test('refuses a session that was ended', async () => {
      const person = await openPerson()
      const session = person.stored()
      await person.auth.signOut()
      const other = openClient(authJs, street)
      const { error } = await other.auth.setSession({
        access_token: session?.access_token ?? '',
        refresh_token: session?.refresh_token ?? '',
      })
      expect(error).toMatchObject({ name: 'AuthSessionMissingError' })
      expect(other.stored()).toBeNull()
    })
  })

  describe('getClaims', () => {
    test('checks the signature with our published key, and asks nothing else', async () => {
      const { auth, exchanges, email, stored } = await openPerson()
      exchanges.length = 0
      const { data, error } = await auth.getClaims()
      expect(data?.claims).toMatchObject({ session_id: data?.claims.sid, aal: 'aal1' })
      expect(error).toBeNull()
      expect(data?.header).toMatchObject({ alg: 'ES256', kid: expect.any(String) })
      expect(data?.claims).toMatchObject({ sub: stored()?.user.id, email, role: 'authenticated' })
      expect(exchanges.map(({ request }) => request)).toEqual(['GET /.well-known/jwks.json'])
    })

    test('keeps the key for the next time', async () => {
      const { auth, exchanges } = await openPerson()
      await auth.getClaims()
      exchanges.length = 0
      expect((await auth.getClaims()).error).toBeNull()
      expect(exchanges).toEqual([])
    })

    test('finds out a token that was tampered with', async () => {
      const { auth, stored } = await openPerson()
      const [header, , signature] = (stored()?.access_token ?? '').split('.')
      const claims = { ...claimsOf(stored()?.access_token ?? ''), role: 'admin' }
      const forged = `${header}.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.${signature}`
      const { data, error } = await auth.getClaims(forged)
      expect(data).toBeNull()
      expect(error).toMatchObject({ name: 'AuthInvalidJwtError', message: 'Invalid JWT signature' })
    })
  })

  test('reauthenticate, which mails a code elsewhere, is plainly refused', async () => {
    const { auth, stored } = await openPerson()
    const { error } = await auth.reauthenticate()
    expect(error).toMatchObject({ name: 'AuthApiError', status: 405, code: 'method_not_allowed' })
    expect(stored()).not.toBeNull()
  })

  test('works the same where another Hono app mounts the service', async () => {
    const site = new Hono()
    site.get('/', (c) => c.text('the site'))
    site.route(BASE_PATH, createApp(street.services))
    const client = openClient(authJs, street, { fetch: async (request) => site.request(request) })
    const email = newEmail()
    expect((await client.auth.signUp({ email, password: PASSWORD })).error).toBeNull()
    const opened = client.stored()
    expect((await client.auth.getUser()).data.user?.email).toBe(email)
    expect((await client.auth.getClaims()).data?.claims.sub).toBe(opened?.user.id)
    expect((await client.auth.refreshSession()).data.session?.refresh_token).not.toBe(
      opened?.refresh_token,
    )
    expect((await client.auth.updateUser({ data: { a: 1 } })).error).toBeNull()
    expect((await client.auth.signOut()).error).toBeNull()
    expect(client.stored()).toBeNull()
    expect(await answersTo(street, opened)).toEqual(DEAD)
  })
})
