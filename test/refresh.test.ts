/** The exchange of refresh tokens: rotation, the window for retries, reuse, forgeries, secrets, and what Redis holds of it. */

import { Buffer } from 'node:buffer'
import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Device, deviceOf, judge, newestRefresh, renew, tryAccess } from './support/devices.ts'
import { contentsOf, entriesOf } from './support/redis-contents.ts'
import {
  type Answer,
  claimsOf,
  openStreet,
  PASSWORD,
  type Person,
  type Street,
} from './support/street.ts'

/** Seconds, by default. */
const REUSE_WINDOW = 30
const IDLE = 7 * 24 * 3600
const SECRET = 'the-secret-of-these-tests-that-is-long-enough'

interface Scene {
  street: Street
  person: Person
  device: Device
}

async function openScene(env: Record<string, string> = {}): Promise<Scene> {
  const street = await openStreet({ env: { REFRESH_SECRETS: SECRET, ...env } })
  const person = await street.signUp()
  await street.settled()
  return { street, person, device: deviceOf(person) }
}

const detailOf = async ({ street, device }: Scene, field: string): Promise<string> =>
  String(await street.redis.look('HGET', `session:${device.session}:detail`, field))

const REFUSED = {
  code: 400,
  error_code: 'refresh_token_not_found',
  msg: 'Invalid Refresh Token: it is not valid any more.',
  error: 'invalid_grant',
  error_description: 'Invalid Refresh Token: it is not valid any more.',
}

function expectRefused(answer: Answer): void {
  expect(answer.status).toBe(400)
  expect(answer.body).toEqual(REFUSED)
}

describe('the present refresh token', () => {
  test('is exchanged for the next one of the same session', async () => {
    const scene = await openScene()
    const { street, person, device } = scene
    street.clock.pass(600)

    const answer = await street.refresh(person.refresh_token)

    expect(answer.status).toBe(200)
    const { access_token, refresh_token, ...rest } = answer.body
    expect(rest).toEqual({
      token_type: 'bearer',
      expires_in: 900,
      expires_at: Math.floor(street.clock.now / 1000) + 900,
      user: person.user,
    })
    expect(refresh_token).not.toBe(person.refresh_token)
    expect(claimsOf(String(access_token))).toMatchObject({
      sid: device.session,
      sub: person.user.id,
      ver: claimsOf(person.access_token).ver,
    })
    expect(claimsOf(String(access_token)).jti).not.toBe(claimsOf(person.access_token).jti)
    expect(await detailOf(scene, 'generation')).toBe('1')
    expect(await detailOf(scene, 'rotated_at')).toBe(String(street.clock.now))
    expect(await detailOf(scene, 'last_seen_at')).toBe(String(street.clock.now))
    expect(await street.redis.look('GET', `session:${device.session}`)).toBe(
      `${person.user.id} ${claimsOf(person.access_token).ver} ${street.clock.now + IDLE * 1000}`,
    )
    await street.settled()
    // A refresh is no event of the account.
    expect(await entriesOf(street.redis, `audit:${person.user.id}`)).toHaveLength(1)
  })

  test('leaves the access tokens of before as they were', async () => {
    const { street, person, device } = await openScene()
    await renew(street, device)
    for (const token of device.accessTokens)
      expect(await tryAccess(street, token)).toEqual(['200', '200'])
    expect(device.accessTokens).toHaveLength(2)
    expect(device.accessTokens).toContain(person.access_token)
  })

  test('keeps rotating for as long as it is used', async () => {
    const scene = await openScene()
    const { street, device } = scene
    for (let i = 0; i < 5; i++) {
      street.clock.pass(3600)
      await renew(street, device)
    }
    expect(new Set(device.refreshTokens).size).toBe(6)
    expect(await detailOf(scene, 'generation')).toBe('5')
  })

  test('begins the idle time of all of its session’s records anew', async () => {
    const { street, device } = await openScene()
    const records = [`session:${device.session}`, `session:${device.session}:detail`]
    for (const record of records) await street.redis.look('PEXPIRE', record, 60_000)
    await renew(street, device)
    for (const record of records)
      expect(Number(await street.redis.look('PTTL', record)), record).toBeGreaterThan(
        (IDLE - 60) * 1000,
      )
  })

  test('carries a new proof of the password into the next access token', async () => {
    const { street, person, device } = await openScene()
    const before = claimsOf(person.access_token).auth_time
    street.clock.pass(60)
    const proof = { token: person.access_token, body: { password: PASSWORD } }
    expect((await street.call('POST', '/reauthenticate', proof)).status).toBe(200)
    await renew(street, device)
    expect(claimsOf(device.accessTokens.at(-1) ?? '').auth_time).toBe(Number(before) + 60)
  })
})

describe('an older refresh token', () => {
  test('within the window is answered with the present one again, and nothing rotates', async () => {
    const scene = await openScene()
    const { street, person, device } = scene
    await renew(street, device)
    const rotatedAt = await detailOf(scene, 'rotated_at')
    street.clock.pass(REUSE_WINDOW)

    const answer = await street.refresh(person.refresh_token)

    expect(answer.status).toBe(200)
    expect(answer.body.refresh_token).toBe(newestRefresh(device))
    expect(await tryAccess(street, String(answer.body.access_token))).toEqual(['200', '200'])
    expect(await detailOf(scene, 'generation')).toBe('1')
    expect(await detailOf(scene, 'rotated_at')).toBe(rotatedAt)
  })

  test('of any age within the window is answered with the present one', async () => {
    const scene = await openScene()
    const { street, person, device } = scene
    for (let i = 0; i < 3; i++) {
      street.clock.pass(600)
      await renew(street, device)
    }
    const answer = await street.refresh(person.refresh_token)
    expect(answer.status).toBe(200)
    expect(answer.body.refresh_token).toBe(newestRefresh(device))
    expect(await detailOf(scene, 'generation')).toBe('3')
  })

  test('does not stretch the window by being retried', async () => {
    const { street, person, device } = await openScene()
    await renew(street, device)
    street.clock.pass(REUSE_WINDOW)
    expect((await street.refresh(person.refresh_token)).status).toBe(200)
    street.clock.pass(1)
    expectRefused(await street.refresh(person.refresh_token))
  })

  test('past the window ends the session, access tokens included, and the log says so', async () => {
    const { street, person, device } = await openScene()
    await renew(street, device)
    street.clock.pass(REUSE_WINDOW + 1)

    const answer = await street.refresh(person.refresh_token)

    expectRefused(answer)
    const left = await contentsOf(street.redis, { without: ['limit:', 'audit'] })
    expect(Object.keys(left).filter((key) => /^sessions?:/.test(key))).toEqual([])
    const [, entry, ...more] = await entriesOf(street.redis, `audit:${person.user.id}`)
    expect(more).toEqual([])
    expect(entry).toEqual({
      action: 'refresh_token_reused',
      actor: '',
      at: String(street.clock.now),
      detail: 'session ended',
      device: 'Unknown device',
      ip: '203.0.113.7',
      place: '',
      request_id: answer.headers.get('X-Request-Id'),
      session: device.session,
      subject: person.user.id,
    })
    expect(await judge(street, device)).toBe('ended')
  })

  test('past the window leaves the other sessions of the user alone', async () => {
    const { street, person, device } = await openScene()
    const other = deviceOf(await street.signIn(person))
    await renew(street, device)
    street.clock.pass(REUSE_WINDOW + 1)
    expectRefused(await street.refresh(person.refresh_token))
    expect(await judge(street, other)).toBe('lives')
  })

  test('is told of once: trying it again writes nothing more', async () => {
    const { street, person, device } = await openScene()
    await renew(street, device)
    street.clock.pass(REUSE_WINDOW + 1)
    await street.refresh(person.refresh_token)
    await street.settled()
    const before = await contentsOf(street.redis, { without: ['limit:'] })

    expectRefused(await street.refresh(person.refresh_token))

    await street.settled()
    expect(await contentsOf(street.redis, { without: ['limit:'] })).toEqual(before)
  })

  test('is reuse at once where the operator allows no window', async () => {
    const { street, person, device } = await openScene({ REFRESH_REUSE_WINDOW: '0' })
    await renew(street, device)
    street.clock.pass(1)
    expectRefused(await street.refresh(person.refresh_token))
    expect(await judge(street, device)).toBe('ended')
  })
})

describe('a refresh token that is no good', () => {
  /** Where the parts of a token begin, in bytes: version, session, subject, generation, HMAC. */
  const PARTS = {
    version: 0,
    session: 1,
    subject: 17,
    'status list': 33,
    place: 49,
    generation: 53,
    hmac: 57,
  }

  const changed = (text: string, change: (bytes: Buffer) => Buffer): string =>
    change(Buffer.from(text, 'base64url')).toString('base64url')

  const flipped = (at: number) => (bytes: Buffer) => {
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    return bytes
  }

  const signedWith = (key: string | Buffer) => (bytes: Buffer) => {
    const claim = bytes.subarray(0, PARTS.hmac)
    return Buffer.concat([claim, createHmac('sha256', key).update(claim).digest()])
  }

  /** What only the holder of the secret can do. */
  const resigned = (change: (bytes: Buffer) => Buffer) => (bytes: Buffer) =>
    signedWith(Buffer.from(hkdfSync('sha256', SECRET, '', 'curfew refresh token', 32)))(
      change(bytes),
    )

  const forgeries: { name: string; forge: (text: string) => string }[] = [
    ...Object.entries(PARTS).map(([part, at]) => ({
      name: `with one bit of its ${part} flipped`,
      forge: (text: string) => changed(text, flipped(at)),
    })),
    { name: 'with its last bit flipped', forge: (text) => changed(text, flipped(88)) },
    { name: 'signed with another secret', forge: (text) => changed(text, signedWith('guessed')) },
    {
      name: 'signed with the secret itself instead of the key made of it',
      forge: (text) => changed(text, signedWith(SECRET)),
    },
    { name: 'cut short', forge: (text) => text.slice(0, -1) },
    { name: 'cut to its claim', forge: (text) => changed(text, (b) => b.subarray(0, PARTS.hmac)) },
    { name: 'with a character more', forge: (text) => `${text}A` },
    { name: 'with padding', forge: (text) => `${text}=` },
    { name: 'with a space', forge: (text) => ` ${text}` },
    {
      name: 'with a line break inside',
      forge: (text) => `${text.slice(0, 40)}\n${text.slice(40)}`,
    },
    {
      name: 'of another version, well signed',
      forge: (text) => changed(text, resigned(flipped(0))),
    },
    { name: 'of no sense', forge: () => 'v1.MjQ1ZmY0' },
  ]

  test.each(forgeries)('$name is refused without a word to Redis', async ({ forge }) => {
    const { street, person, device } = await openScene()
    const before = await contentsOf(street.redis)
    await street.redis.forget()

    const answer = await street.refresh(forge(person.refresh_token))

    expectRefused(answer)
    await street.settled()
    expect(await street.redis.requests()).toEqual([])
    expect(await contentsOf(street.redis)).toEqual(before)
    expect(await judge(street, device)).toBe('lives')
  })

  test('is told from a good one by nothing else: signed again with our own key, it works', async () => {
    const { street, person } = await openScene()
    const again = changed(
      person.refresh_token,
      resigned((bytes) => bytes),
    )
    expect(again).toBe(person.refresh_token)
    expect((await street.refresh(again)).status).toBe(200)
  })

  test('looks the same whether it was forged, is unknown, or was reused', async () => {
    const { street, person, device } = await openScene()
    const gone = deviceOf(await street.signIn(person))
    await street.call('POST', '/logout?scope=local', { token: gone.accessTokens[0] })
    await renew(street, device)
    street.clock.pass(REUSE_WINDOW + 1)

    const forged = await street.refresh(changed(person.refresh_token, flipped(PARTS.hmac)))
    const unknown = await street.refresh(newestRefresh(gone))
    const reused = await street.refresh(person.refresh_token)

    for (const answer of [forged, unknown, reused]) {
      expectRefused(answer)
      expect(answer.headers.get('WWW-Authenticate')).toBeNull()
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  test('of a user whose record is of a banned one is refused, though the ban ended no session', async () => {
    const { street, person, device } = await openScene()
    const until = String(street.clock.now + 60_000)
    await street.redis.look('HSET', `user:${person.user.id}`, 'banned_until', until)
    const answer = await street.refresh(newestRefresh(device))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ error_code: 'user_banned' })
  })

  test('an access token is no refresh token', async () => {
    const { street, person, device } = await openScene()
    const answer = await street.refresh(person.access_token)
    // Longer than any refresh token, so it is refused before it is read.
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ error_code: 'validation_failed' })
    expect(answer.body.msg).not.toContain(person.access_token.slice(0, 20))
    expect(await judge(street, device)).toBe('lives')
  })

  test('a refresh token is no access token', async () => {
    const { street, person } = await openScene()
    const answer = await street.call('GET', '/user', { token: person.refresh_token })
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject({ error_code: 'bad_jwt' })
  })
})

describe('several secrets', () => {
  const OLD = 'an-old-secret-that-is-long-enough-to-be-one'
  const NEW = 'a-new-secret-that-is-long-enough-to-be-one'

  /** A session of the time of the old secret, and the service as it runs after the change. */
  async function openLater(secrets: string): Promise<{ device: Device; later: Street }> {
    const { street, device } = await openScene({ REFRESH_SECRETS: OLD })
    const later = await openStreet({ redis: street.redis, env: { REFRESH_SECRETS: secrets } })
    later.clock.now = street.clock.now
    return { device, later }
  }

  test('a token of the old one is accepted, and the next is signed with the new one', async () => {
    const { device, later } = await openLater(`${NEW},${OLD}`)
    await renew(later, device)

    const onlyNew = await openStreet({ redis: later.redis, env: { REFRESH_SECRETS: NEW } })
    onlyNew.clock.now = later.clock.now
    expect((await onlyNew.refresh(newestRefresh(device))).status).toBe(200)
  })

  test('a token of the old one is refused once that secret is gone', async () => {
    const { device, later } = await openLater(NEW)
    expectRefused(await later.refresh(newestRefresh(device)))
    // Not ended: the secret may have been taken out too early.
    expect(await tryAccess(later, device.accessTokens[0] ?? '')).toEqual(['200', '200'])
  })

  test('a retry over the change of secrets is answered with a token that works', async () => {
    const { device, later } = await openLater(`${NEW},${OLD}`)
    const [first = ''] = device.refreshTokens
    await renew(later, device)
    const answer = await later.refresh(first)
    expect(answer.status).toBe(200)
    expect(answer.body.refresh_token).toBe(newestRefresh(device))
  })
})

describe('what Redis holds', () => {
  test('no key and no value has a token in it, or a part of one that was signed, or a password', async () => {
    const { street, person, device } = await openScene()
    const other = deviceOf(await street.signIn(person))
    const gone = deviceOf(await street.signIn(person))
    await renew(street, device)
    await renew(street, other)
    await street.refresh(person.refresh_token)
    await street.call('POST', '/logout?scope=local', { token: gone.accessTokens[0] })
    await street.settled()

    const everything = JSON.stringify(await contentsOf(street.redis))

    // So that an empty dump cannot pass for a clean one.
    for (const { session } of [device, other]) expect(everything).toContain(session)
    for (const { accessTokens, refreshTokens } of [device, other, gone])
      for (const secret of [
        ...accessTokens.flatMap((token) => [token, ...token.split('.').slice(1)]),
        ...refreshTokens.flatMap((token) => [token, token.slice(-40), ...spellings(token)]),
        PASSWORD,
      ])
        expect(everything.includes(secret), `${secret} is in Redis`).toBe(false)
  })

  const spellings = (token: string): string[] => {
    const hmac = Buffer.from(token, 'base64url').subarray(37)
    return (['base64url', 'base64', 'hex'] as const).map((form) => hmac.toString(form))
  }

  test('a session leaves nothing behind for good: its records go when it does', async () => {
    const { street, person, device } = await openScene()
    await renew(street, device)
    for (const key of [`session:${device.session}`, `session:${device.session}:detail`]) {
      const left = Number(await street.redis.look('PTTL', key)) / 1000
      expect(left, key).toBeLessThanOrEqual(IDLE)
      expect(left, key).toBeGreaterThan(IDLE - 60)
    }
    // Without a time of its own, which an eviction goes by: it is the user's, and tidied with every change.
    expect(await street.redis.look('PTTL', `sessions:${person.user.id}`)).toBe(-1)
  })
})
