/** Two Workers with one Redis, each in a process of its own, as Cloudflare runs many: what one ends is over at the other at once. */

import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { generateSigningKey } from '../src/crypto/signing-keys.ts'
import { freePort } from './support/commands.ts'
import { type Device, inWords, judge, newestAccess, tokenId } from './support/devices.ts'
import { atOnce, granted } from './support/racing.ts'
import { openCase } from './support/redis-case.ts'
import { bundle, type Server, startWorker } from './support/servers.ts'
import { serviceAt } from './support/service-at.ts'
import type { Answer, Street } from './support/street.ts'

vi.setConfig({ testTimeout: 120_000 })

const ISSUER = 'http://two-workers.example'
const PASSWORD = 'correct horse battery'
/** Of each race. */
const ROUNDS = 8

type Worker = Pick<Street, 'call' | 'refresh'>
let servers: Server[] = []
let here: Worker
let there: Worker

beforeAll(async () => {
  const redis = await openCase()
  const script = await bundle('./quick-worker.ts')
  const bindings = {
    ISSUER,
    SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey()] }),
    REFRESH_SECRETS: 'a-secret-of-the-tests-that-is-long-enough',
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: inject('redis').token,
    LIMIT_SIGN_IN_ADDRESS: '10000/60',
    LIMIT_SIGN_UP_ADDRESS: '10000/60',
    LIMIT_LOGOUT: '10000/60',
  }
  for (let i = 0; i < 2; i++)
    servers.push(
      await startWorker({
        script,
        port: await freePort(),
        compatibilityDate: '2026-10-20',
        compatibilityFlags: ['nodejs_compat'],
        bindings,
      }),
    )
  const [one, two] = servers.map(({ url }) => serviceAt(url))
  if (!one || !two) throw new Error('two Workers')
  here = one
  there = two
}, 60_000)
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
  servers = []
})

async function signUp(): Promise<{ email: string; device: Device }> {
  const email = `${crypto.randomUUID()}@example.com`
  const body = { email, password: PASSWORD }
  const answer = await here.call('POST', '/signup', { body })
  // One whose answer was lost has been repeated, and has found itself.
  return { email, device: granted(answer.status === 422 ? await signIn(here, email) : answer) }
}

const signIn = (worker: Worker, email: string) =>
  worker.call('POST', '/token?grant_type=password', { body: { email, password: PASSWORD } })

/** A call that was repeated finds nothing left to end. */
const endedBy = (answers: Answer[]): number =>
  answers.reduce((sum, { body }) => sum + Number(body.sessions_ended), 0)

/** Both Workers are asked about every token, and must say the same. */
async function verdictOf(device: Device) {
  const first = await judge(here, device)
  expect(await judge(there, device)).toEqual(first)
  return first
}

async function rounds(round: (turn: { near: Worker; far: Worker }) => Promise<void>) {
  for (let i = 0; i < ROUNDS; i++)
    await round(i % 2 ? { near: there, far: here } : { near: here, far: there })
}

test('a token that both have just let through is refused by both once one has logged it out', async () => {
  await rounds(async ({ near, far }) => {
    const { device } = await signUp()
    const token = newestAccess(device)
    for (const worker of [near, far])
      expect(inWords(await worker.call('GET', '/user', { token }))).toBe('200')
    expect((await near.call('POST', '/logout?scope=local', { token })).status).toBe(200)
    expect(inWords(await far.call('GET', '/user', { token }))).toBe('401 session_not_found')
    expect(await verdictOf(device)).toBe('ended')
  })
})

test('forty refreshes of one token, at both: one rotation, one next token', async () => {
  const { device } = await signUp()
  const [token = ''] = device.refreshTokens
  const answers = await Promise.all(
    Array.from({ length: atOnce(40) }, (_, i) => (i % 2 ? here : there).refresh(token)),
  )
  expect([...new Set(answers.map(inWords))]).toEqual(['200'])
  const [next, ...others] = new Set(answers.map(({ body }) => String(body.refresh_token)))
  expect(others).toEqual([])
  device.accessTokens.push(...answers.map(({ body }) => String(body.access_token)))
  device.refreshTokens.push(next ?? '')
  expect(new Set(device.accessTokens.map(tokenId)).size).toBe(answers.length + 1)
  expect(await verdictOf(device)).toBe('lives')
})

describe('at the same moment', () => {
  test.each(['local', 'global'])(
    'a refresh at one and a logout (%s) at the other: nothing that was handed out works',
    async (scope) => {
      await rounds(async ({ near, far }) => {
        const { device } = await signUp()
        const [refreshed, ended] = await Promise.all([
          near.refresh(device.refreshTokens[0] ?? ''),
          far.call('POST', `/logout?scope=${scope}`, { token: newestAccess(device) }),
        ])
        expect(inWords(ended)).toBe('200')
        expect(inWords(refreshed)).toBeOneOf(['200', '400 refresh_token_not_found'])
        if (refreshed.status === 200) {
          device.accessTokens.push(String(refreshed.body.access_token))
          device.refreshTokens.push(String(refreshed.body.refresh_token))
        }
        expect(await verdictOf(device)).toBe('ended')
      })
    },
  )

  test('a logout at each: both succeed, and no session is counted twice', async () => {
    await rounds(async ({ near, far }) => {
      const { device } = await signUp()
      const token = newestAccess(device)
      const answers = await Promise.all(
        [near, far].map((worker) => worker.call('POST', '/logout?scope=global', { token })),
      )
      expect(answers.map(inWords)).toEqual(['200', '200'])
      expect(endedBy(answers)).toBeLessThanOrEqual(1)
      expect(await verdictOf(device)).toBe('ended')
    })
  })

  test('two devices, each the others, one at each: one stays', async () => {
    await rounds(async ({ near, far }) => {
      const { email, device } = await signUp()
      const devices = [device, granted(await signIn(far, email))]
      const answers = await Promise.all(
        devices.map((one, i) =>
          (i ? far : near).call('POST', '/logout?scope=others', { token: newestAccess(one) }),
        ),
      )
      expect(answers.map(inWords)).toEqual(['200', '200'])
      const verdicts = []
      for (const one of devices) verdicts.push(await verdictOf(one))
      expect(verdicts.toSorted()).toEqual(['ended', 'lives'])
    })
  })

  test('a sign-in at one and a logout everywhere at the other: it is over or works, at both alike', async () => {
    await rounds(async ({ near, far }) => {
      const { email, device } = await signUp()
      const [signedIn, ended] = await Promise.all([
        signIn(near, email),
        far.call('POST', '/logout?scope=global', { token: newestAccess(device) }),
      ])
      expect(inWords(ended)).toBe('200')
      expect(await verdictOf(device)).toBe('ended')
      expect(await verdictOf(granted(signedIn))).toBeOneOf(['ended', 'lives'])
    })
  })
})
