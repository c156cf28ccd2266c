/** Owns the scene of the promise: two people on three devices each, and what must be found of both after a call. */

import { expect } from 'vitest'
import { type Device, type Owner, openOwners, tokenId, whatWorks } from './devices.ts'
import { blacklistOf, newEntries, type OwnerRecords, recordsOf } from './owner-records.ts'
import { type Entry, entriesOf } from './redis-contents.ts'
import { type Answer, claimsOf, openStreet, type Street } from './street.ts'

export const ALL_LIVE = { laptop: 'lives', phone: 'lives', tablet: 'lives' }
export const ALL_ENDED = { laptop: 'ended', phone: 'ended', tablet: 'ended' }
export const ONLY_LAPTOP_LIVES = { laptop: 'lives', phone: 'ended', tablet: 'ended' }
export const ONLY_LAPTOP_ENDED = { laptop: 'ended', phone: 'lives', tablet: 'lives' }
export const ONLY_PHONE_ENDED = { laptop: 'lives', phone: 'ended', tablet: 'lives' }

export const NEW_PASSWORD = 'battery horse correct'

export interface Scene {
  street: Street
  /** The person whose sessions the call ends. */
  alice: Owner
  laptop: Device
  phone: Device
  /** A person whom the call must not touch. */
  bob: Owner
  before: { alice: OwnerRecords; bob: OwnerRecords }
}

export async function openScene(env: Record<string, string> = {}): Promise<Scene> {
  const street = await openStreet({ env })
  const [alice, bob] = await openOwners(street, 2)
  if (!alice || !bob) throw new Error('two owners were asked for')
  await street.settled()
  const { laptop, phone } = alice.devices
  const before = { alice: await recordsOf(street, alice), bob: await recordsOf(street, bob) }
  return { street, alice, laptop, phone, bob, before }
}

/** The audit entry that a call at the scene's present time must leave. */
export const entry = ({ street, alice }: Scene, answer: Answer, more: Partial<Entry>): Entry => ({
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

/** Expects this one new entry in the account's log, and the same in everyone's. Does not wait: both are there by the answer. */
export async function expectOneEntry(
  scene: Scene,
  answer: Answer,
  more: Partial<Entry>,
): Promise<void> {
  const { street, alice, before } = scene
  const expected = entry(scene, answer, more)
  const { log } = await recordsOf(street, alice)
  expect(newEntries(before.alice.log, log)).toEqual([expected])
  const realm = await entriesOf(street.redis, 'audit')
  expect(realm.filter(({ request_id }) => request_id === expected.request_id)).toEqual([expected])
}

export async function expectBobUntouched({ street, bob, before }: Scene): Promise<void> {
  expect(await recordsOf(street, bob)).toEqual(before.bob)
  expect(await whatWorks(street, bob)).toEqual(ALL_LIVE)
}

/** Expects the token that asked, and no other, to be blacklisted for as long as it would have lived. */
export async function expectBlacklisted({ street }: Scene, token: string): Promise<void> {
  const blacklist = await blacklistOf(street)
  expect(blacklist).toEqual({ [tokenId(token)]: { why: 'logout', seconds: expect.any(Number) } })
  const left = Number(claimsOf(token).exp) - street.clock.now / 1000
  const kept = blacklist[tokenId(token)]?.seconds
  expect(kept).toBeLessThanOrEqual(left)
  // Redis' clock runs on while the test's stands still.
  expect(kept).toBeGreaterThan(left - 60)
}

/** Expects that all sessions were ended by raising the user's version by one. */
export async function expectNextVersion({ street, alice, before }: Scene): Promise<void> {
  const { version, listed } = await recordsOf(street, alice)
  expect(Number(version)).toBe(Number(before.alice.version) + 1)
  expect(listed).toEqual([])
}

export const receipt = (
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

export async function trySignIn(street: Street, email: string, password: string): Promise<string> {
  const { status, body } = await street.call('POST', '/token?grant_type=password', {
    body: { email, password },
  })
  return body.error_code === undefined ? String(status) : `${status} ${body.error_code}`
}
