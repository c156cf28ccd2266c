/** The unmodified npm client against our service: how sessions end and carry on, in good times and when Redis is down. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ALIVE, answersTo, BASE_PATH, DEAD, openClient, versions } from './support/auth-client.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

type Scope = 'global' | 'local' | 'others'

let people = 0

describe.each(versions)('auth-js $version', ({ version, authJs }) => {
  /** The newer client forgets its session before it asks for a local logout. */
  const forgetsFirst = version === '2.119.1'

  let street: Street
  beforeAll(async () => {
    street = await openStreet({ basePath: BASE_PATH })
    // The client prints what it also answers with.
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterAll(() => void vi.restoreAllMocks())

  /** A person on two devices. */
  async function openDevices(at = street) {
    const email = `person-${++people}@example.com`
    const phone = openClient(authJs, at)
    expect((await phone.auth.signUp({ email, password: PASSWORD })).error).toBeNull()
    const laptop = openClient(authJs, at)
    expect((await laptop.auth.signInWithPassword({ email, password: PASSWORD })).error).toBeNull()
    return { phone, laptop }
  }

  /** The same session in a client whose calls take another way. */
  const reopen = (
    { storage, storageKey }: { storage: Map<string, string>; storageKey: string },
    send: (request: Request) => Promise<Response>,
  ) => openClient(authJs, street, { storage, storageKey, fetch: send })

  describe('signOut', () => {
    test.each<{ scope: Scope; own: typeof ALIVE; other: typeof ALIVE; keeps: boolean }>([
      { scope: 'global', own: DEAD, other: DEAD, keeps: false },
      { scope: 'local', own: DEAD, other: ALIVE, keeps: false },
      { scope: 'others', own: ALIVE, other: DEAD, keeps: true },
    ])(
      '$scope ends what it should, here and at the server',
      async ({ scope, own, other, keeps }) => {
        const { phone, laptop } = await openDevices()
        const [mine, theirs] = [phone.stored(), laptop.stored()]
        expect(await phone.auth.signOut({ scope })).toEqual({ error: null })
        expect(phone.exchanges.at(-1)).toEqual({
          request: `POST /logout?scope=${scope}`,
          status: 200,
          body: '',
        })
        expect(phone.stored()).toEqual(keeps ? mine : null)
        expect(phone.events.includes('SIGNED_OUT')).toBe(!keeps)
        expect(await answersTo(street, mine)).toEqual(own)
        expect(await answersTo(street, theirs)).toEqual(other)
      },
    )

    test('without a scope is global', async () => {
      const { phone, laptop } = await openDevices()
      const theirs = laptop.stored()
      await phone.auth.signOut()
      expect(phone.exchanges.at(-1)?.request).toBe('POST /logout?scope=global')
      expect(await answersTo(street, theirs)).toEqual(DEAD)
    })

    test.each<Scope>(['global', 'local'])(
      '%s of a session that was ended elsewhere is no error, and forgets it',
      async (scope) => {
        const { phone, laptop } = await openDevices()
        await laptop.auth.signOut({ scope: 'others' })
        expect(await phone.auth.signOut({ scope })).toEqual({ error: null })
        expect(phone.stored()).toBeNull()
        // A dead session must not end a living one.
        expect(await answersTo(street, laptop.stored())).toEqual(ALIVE)
      },
    )

    test.each<{ scope: Scope; keeps: boolean }>([
      { scope: 'global', keeps: true },
      { scope: 'local', keeps: !forgetsFirst },
      { scope: 'others', keeps: true },
    ])('$scope is told, and can be repeated, when Redis is down', async ({ scope, keeps }) => {
      const { phone, laptop } = await openDevices()
      const [mine, theirs] = [phone.stored(), laptop.stored()]
      await street.redis.fail({ kind: 'status-500' })
      const { error } = await phone.auth.signOut({ scope })
      await street.redis.heal()
      expect(error).toMatchObject({ name: 'AuthRetryableFetchError', status: 503 })
      expect(phone.stored()).toEqual(keeps ? mine : null)
      expect(await answersTo(street, theirs)).toEqual(ALIVE)
      if (keeps) expect(await phone.auth.signOut({ scope })).toEqual({ error: null })
    })

    test.each<{ scope: Scope; keeps: boolean }>([
      { scope: 'global', keeps: true },
      { scope: 'local', keeps: !forgetsFirst },
      { scope: 'others', keeps: true },
    ])('$scope past the limit is over_request_rate_limit', async ({ scope, keeps }) => {
      const strict = await openStreet({ basePath: BASE_PATH, env: { LIMIT_LOGOUT: '1/300' } })
      const { phone } = await openDevices(strict)
      await phone.auth.signOut({ scope: 'others' })
      const mine = phone.stored()
      const { error } = await phone.auth.signOut({ scope })
      expect(error).toMatchObject({
        name: 'AuthApiError',
        status: 429,
        code: 'over_request_rate_limit',
      })
      expect(phone.stored()).toEqual(keeps ? mine : null)
    })
  })

  test('of an ending elsewhere getUser hears at once; getSession and getClaims, which ask nobody, do not', async () => {
    const { phone, laptop } = await openDevices()
    await laptop.auth.signOut({ scope: 'others' })
    expect((await phone.auth.getSession()).data.session).not.toBeNull()
    expect((await phone.auth.getClaims()).error).toBeNull()
    expect((await phone.auth.getUser()).error).not.toBeNull()
  })

  describe('refreshSession', () => {
    test('gives new tokens, and keeps them', async () => {
      const { phone } = await openDevices()
      const before = phone.stored()
      const { data, error } = await phone.auth.refreshSession()
      expect(error).toBeNull()
      expect(data.session?.access_token).not.toBe(before?.access_token)
      expect(data.session?.refresh_token).not.toBe(before?.refresh_token)
      expect(phone.stored()).toEqual(data.session)
      expect(phone.events.at(-1)).toBe('TOKEN_REFRESHED')
    })

    test('in two tabs at once leaves both signed in', async () => {
      const { phone } = await openDevices()
      const { storage, storageKey } = phone
      const copy = new Map(storage)
      const tab = openClient(authJs, street, { storage: copy, storageKey })
      const [one, two] = await Promise.all([phone.auth.refreshSession(), tab.auth.refreshSession()])
      expect([one.error, two.error]).toEqual([null, null])
      expect(one.data.session?.refresh_token).toBe(two.data.session?.refresh_token)
      expect((await tab.auth.getUser()).error).toBeNull()
      expect((await phone.auth.refreshSession()).error).toBeNull()
    })

    test('whose answer got lost is repeated with the same token, and carries on', async () => {
      const { phone } = await openDevices()
      let lost = 0
      const flaky = reopen(phone, async (request) => {
        const answer = await street.fetch(request)
        if (lost++ === 0) throw new TypeError('network connection lost')
        return answer
      })
      expect((await flaky.auth.refreshSession()).error).toBeNull()
      const [first, second] = flaky.exchanges
      expect(second?.body).toBe(first?.body)
      expect(await answersTo(street, flaky.stored())).toEqual(ALIVE)
    })

    test('rides out a short outage of Redis', async () => {
      const { phone } = await openDevices()
      const patient = reopen(phone, async (request) => {
        const answer = await street.fetch(request)
        await street.redis.heal()
        return answer
      })
      await street.redis.fail({ kind: 'status-500' })
      expect((await patient.auth.refreshSession()).error).toBeNull()
      expect(patient.exchanges.map(({ status }) => status)).toEqual([503, 200])
    })
  })

  describe('as time passes', () => {
    let later: Street
    beforeEach(async () => {
      later = await openStreet({ basePath: BASE_PATH })
      // The client goes by Date.now: its time passes with the service's.
      vi.useFakeTimers({ toFake: ['Date'], now: later.clock.now })
    })
    afterEach(() => void vi.useRealTimers())
    const pass = (seconds: number) => {
      later.clock.pass(seconds)
      vi.setSystemTime(later.clock.now)
    }

    /** So slow that the client gives up after one attempt. */
    const slowly = async (request: Request): Promise<Response> => {
      const answer = await later.fetch(request)
      pass(31)
      return answer
    }

    test('an outage that outlasts the retries is AuthRetryableFetchError, and keeps the session', async () => {
      const { phone } = await openDevices(later)
      const before = phone.stored()
      const patient = reopen(phone, slowly)
      await later.redis.fail({ kind: 'status-500' })
      const { error } = await patient.auth.refreshSession()
      await later.redis.heal()
      expect(error).toMatchObject({ name: 'AuthRetryableFetchError', status: 503 })
      expect(patient.stored()).toEqual(before)
      expect(patient.events).not.toContain('SIGNED_OUT')
      expect(await answersTo(later, before)).toEqual(ALIVE)
    })

    test('even an expired session outlives an outage, and carries on after it', async () => {
      const { phone } = await openDevices(later)
      pass(16 * 60)
      const patient = reopen(phone, slowly)
      await later.redis.fail({ kind: 'status-500' })
      expect((await patient.auth.refreshSession()).error?.name).toBe('AuthRetryableFetchError')
      await later.redis.heal()
      expect(patient.stored()).not.toBeNull()
      // The newer client keeps a failure in mind for a minute.
      pass(61)
      expect((await patient.auth.refreshSession()).error).toBeNull()
    })

    test('a session close to its expiry is renewed before it is used', async () => {
      const { phone } = await openDevices(later)
      pass(15 * 60 - 60)
      const { error } = await phone.auth.getUser()
      expect(error).toBeNull()
      expect(phone.exchanges.slice(-2).map(({ request }) => request)).toEqual([
        'POST /token?grant_type=refresh_token',
        'GET /user',
      ])
    })

    test('a session that was ended elsewhere is dropped at its expiry', async () => {
      const { phone, laptop } = await openDevices(later)
      await laptop.auth.signOut({ scope: 'global' })
      pass(16 * 60)
      const { data, error } = await phone.auth.getSession()
      expect(error).toMatchObject({ status: 400, code: 'refresh_token_not_found' })
      expect(data.session).toBeNull()
      expect(phone.stored()).toBeNull()
      expect(phone.events.at(-1)).toBe('SIGNED_OUT')
    })

    test('signOut with an expired token renews it first, and ends everything', async () => {
      const { phone, laptop } = await openDevices(later)
      pass(16 * 60)
      const theirs = laptop.stored()
      expect(await phone.auth.signOut({ scope: 'global' })).toEqual({ error: null })
      expect(phone.stored()).toBeNull()
      expect(await answersTo(later, theirs)).toEqual(DEAD)
    })

    test('setSession with an expired token renews it', async () => {
      const { phone } = await openDevices(later)
      const session = phone.stored()
      pass(16 * 60)
      const other = openClient(authJs, later)
      const { data, error } = await other.auth.setSession({
        access_token: session?.access_token ?? '',
        refresh_token: session?.refresh_token ?? '',
      })
      expect(error).toBeNull()
      expect(data.session?.access_token).not.toBe(session?.access_token)
    })

    test('getClaims refuses an expired token', async () => {
      const { phone } = await openDevices(later)
      const token = phone.stored()?.access_token
      pass(16 * 60)
      const { error } = await phone.auth.getClaims(token)
      expect(error).toMatchObject({
        name: 'AuthInvalidJwtError',
        message: expect.stringContaining('expired'),
      })
    })

    test('a new password needs the old one, ten minutes after sign-in', async () => {
      const { phone } = await openDevices(later)
      pass(10 * 60 + 1)
      const password = 'a new battery staple'
      const refused = await phone.auth.updateUser({ password })
      expect(refused.error).toMatchObject({ status: 401, code: 'reauthentication_needed' })
      expect(phone.stored()).not.toBeNull()
      const changed = await phone.auth.updateUser({ password, current_password: PASSWORD })
      expect(changed.error).toBeNull()
    })
  })
})
