/** Owns people with several devices each, and the trial of every one of their tokens. */

import { expect } from 'vitest'
import { type Answer, claimsOf, PASSWORD, type Street } from './street.ts'

/** Whatever can be called as the service. */
type Callable = Pick<Street, 'call' | 'refresh'>

/** Tokens of every generation that were handed out, oldest first. */
export interface Device {
  session: string
  accessTokens: string[]
  refreshTokens: string[]
}

export const DEVICES = ['laptop', 'phone', 'tablet'] as const
export type DeviceName = (typeof DEVICES)[number]

export interface Owner {
  id: string
  email: string
  password: string
  devices: Record<DeviceName, Device>
}

interface Tokens {
  access_token: string
  refresh_token: string
}

/** Seconds: longer than a proof of the password counts, shorter than an access token lives. */
const PAST_THE_PROOF = 11 * 60

/**
 * People who are signed in on three devices, with two generations of tokens on each, and who proved their password on
 * each of them after the proof of the sign-in had lapsed. Every access token was tried and works.
 */
export async function openOwners(street: Street, count: number): Promise<Owner[]> {
  const owners: Owner[] = []
  for (let i = 0; i < count; i++) owners.push(await openOwner(street))
  street.clock.pass(PAST_THE_PROOF)
  for (const device of owners.flatMap(devicesOf)) {
    await reauthenticate(street, device)
    await renew(street, device)
  }
  for (const device of owners.flatMap(devicesOf))
    for (const token of device.accessTokens)
      expect(await tryAccess(street, token)).toEqual(['200', '200'])
  return owners
}

async function openOwner(street: Street): Promise<Owner> {
  const person = await street.signUp()
  const laptop = deviceOf(person)
  const phone = deviceOf(await street.signIn(person))
  const tablet = deviceOf(await street.signIn(person))
  const { email, password, user } = person
  return { id: user.id, email, password, devices: { laptop, phone, tablet } }
}

export const deviceOf = (tokens: Tokens): Device => ({
  session: String(claimsOf(tokens.access_token).sid),
  accessTokens: [tokens.access_token],
  refreshTokens: [tokens.refresh_token],
})

export const devicesOf = (owner: Owner): Device[] => DEVICES.map((name) => owner.devices[name])

export const newestAccess = (device: Device): string => device.accessTokens.at(-1) ?? ''
export const newestRefresh = (device: Device): string => device.refreshTokens.at(-1) ?? ''
export const tokenId = (token: string): string => String(claimsOf(token).jti)

/** Refreshes by the newest token, and adds the new generation to the device. */
export async function renew(street: Pick<Street, 'refresh'>, device: Device): Promise<void> {
  const answer = await street.refresh(newestRefresh(device))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  keep(device, answer)
}

/** The same session with the next generation of tokens only, for when those of before have expired. */
export async function renewed(street: Street, device: Device): Promise<Device> {
  const next = { ...device, accessTokens: [], refreshTokens: [newestRefresh(device)] }
  await renew(street, next)
  return { ...next, refreshTokens: [newestRefresh(next)] }
}

function keep(device: Device, { body }: Answer): void {
  device.accessTokens.push(String(body.access_token))
  device.refreshTokens.push(String(body.refresh_token))
}

async function reauthenticate(street: Street, device: Device): Promise<void> {
  const answer = await street.call('POST', '/reauthenticate', {
    token: newestAccess(device),
    body: { password: PASSWORD },
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
}

/** What GET /user and GET /sessions say to an access token. */
export const tryAccess = (street: Callable, token: string): Promise<string[]> =>
  Promise.all(
    ['/user', '/sessions'].map(async (path) => inWords(await street.call('GET', path, { token }))),
  )

/** The status, and the code of an error. Expects an ended session to be told of in the same words always. */
export function inWords({ status, body, headers }: Answer): string {
  if (body.error_code === 'session_not_found') {
    expect(body).toEqual({
      code: 401,
      error_code: 'session_not_found',
      msg: 'Token has been invalidated',
    })
    expect(headers.get('WWW-Authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The token has been invalidated"',
    )
  }
  return body.error_code === undefined ? String(status) : `${status} ${body.error_code}`
}

/** 'lives': everything works; 'ended': nothing does. Anything else: each observation in words. */
export type Verdict = 'lives' | 'ended' | string[]

/** Tries every token of every device. Keeps the tokens that this gives, so that another call tries those too. */
export async function whatWorks(
  street: Street,
  owner: Owner,
): Promise<Record<DeviceName, Verdict>> {
  const verdicts = []
  for (const name of DEVICES) verdicts.push([name, await judge(street, owner.devices[name])])
  return Object.fromEntries(verdicts)
}

/**
 * Access tokens first, then refresh tokens from the oldest on: within the reuse window an older one is answered with the
 * newest and changes nothing, so only the last one rotates. Then every access token again, the new ones too.
 */
export async function judge(street: Callable, device: Device): Promise<Verdict> {
  const seen: { what: string; found: string; living: string; ended: string }[] = []
  const access = async (when: string) => {
    for (const [i, token] of device.accessTokens.entries())
      for (const found of await tryAccess(street, token))
        seen.push({
          what: `access token ${i} ${when}`,
          found,
          living: '200',
          ended: '401 session_not_found',
        })
  }
  await access('at first')
  seen.push({
    what: 'reauthentication',
    found: await tryProof(street, newestAccess(device)),
    living: '422 weak_password',
    ended: '401 session_not_found',
  })

  const newest = newestRefresh(device)
  for (const [i, token] of [...device.refreshTokens].entries()) {
    const answer = await street.refresh(token)
    const given = answer.body.refresh_token === newest ? 'the newest again' : 'a new one'
    seen.push({
      what: `refresh token ${i}`,
      found: answer.status === 200 ? given : inWords(answer),
      living: token === newest ? 'a new one' : 'the newest again',
      ended: '400 refresh_token_not_found',
    })
    if (answer.status === 200) keep(device, answer)
  }
  await access('after that')

  if (seen.every(({ found, living }) => found === living)) return 'lives'
  if (seen.every(({ found, ended }) => found === ended)) return 'ended'
  return seen.map(({ what, found }) => `${what}: ${found}`)
}

/** Asks for a change that needs a recent proof, with too short a password: refused for that once the proof is accepted. */
async function tryProof(street: Callable, token: string): Promise<string> {
  return inWords(await street.call('PUT', '/user', { token, body: { password: 'short' } }))
}
