/** Owns the peers: their installation, their start, and their counterparts of our calls. Never measures. */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { SignJWT } from 'jose'
import { fromRoot } from '../../src/dev/root.ts'
import { newSecret } from '../../src/dev/secrets.ts'
import { bundleWorker } from './bundles.ts'
import { type Call, type Contestant, inTurn, isOk, mustBe } from './calls.ts'
import { type Answer, ask, type Shot } from './load.ts'
import { freePort, start } from './processes.ts'
import type { Town } from './town.ts'
import { type Served, startWorkerd } from './workerd.ts'

const folder = 'test/bench/peers'

/** Installs the peers by a lock file of their own, so that the project's installation does without them. */
export function installPeers(): Record<string, string> {
  if (!existsSync(fromRoot(`${folder}/node_modules/.package-lock.json`)))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--omit=optional', '--omit=peer'], {
      cwd: fromRoot(folder),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  const { dependencies } = JSON.parse(readFileSync(fromRoot(`${folder}/package.json`), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return dependencies
}

export interface Sample {
  contestant: (path: '/user' | '/logout' | '/logout/all', sessions: number) => Contestant
}

/** Starts the sample. Its refresh tokens are put into Redis directly, without the distance. */
export async function openSample(town: Town): Promise<Sample> {
  const secret = newSecret()
  const key = new TextEncoder().encode(secret)
  const port = await freePort()
  const child = await start({
    name: 'sample',
    side: 'service',
    port,
    command: [
      process.execPath,
      fromRoot(`${folder}/sample.ts`),
      ...[port, town.tcpPort].map(String),
      secret,
    ],
    env: { NODE_ENV: 'production' },
  })
  const served: Served = { port, child }
  const redis = town.database(1)

  /** An access token of a new user with so many refresh tokens. */
  async function access(sessions: number): Promise<string> {
    const sub = crypto.randomUUID()
    await giveRefreshTokens(redis, sub, sessions)
    return new SignJWT({ role: 'authenticated', email: `${sub}@example.com` })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(sub)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('15m')
      .sign(key)
  }

  return {
    contestant: (path, sessions) => ({
      ...served,
      name: 'sample',
      supply: async (requests) => {
        const count = path === '/user' ? 64 : requests
        const tokens = await Promise.all(Array.from({ length: count }, () => access(sessions)))
        return inTurn(
          tokens.map((token) => ({
            method: path === '/user' ? 'GET' : 'POST',
            path,
            headers: { Authorization: `Bearer ${token}` },
          })),
        )
      },
    }),
  }
}

async function giveRefreshTokens(redis: Redis, user: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await redis.set(`refresh_token:${user}:${crypto.randomUUID()}`, 'valid', 'EX', 604_800)
}

const PASSWORD = 'a long enough password of the bench'
const AT_ONCE = 16
/** More users than one round and its single caller need: a call that ends all sessions of a user must not meet one twice. */
const POOL = 512

export interface BetterAuth {
  contestant: (what: 'get-session' | 'sign-out' | 'revoke-sessions' | 'sign-in') => Contestant
}

export async function openBetterAuth(town: Town, hashing: 'cheap' | 'dear'): Promise<BetterAuth> {
  const port = await freePort()
  const served = await startWorkerd({
    name: 'better-auth',
    script: (await bundleWorker(`${folder}/better-auth.ts`)).script,
    port,
    bindings: {
      URL_OF_IT: `http://127.0.0.1:${port}`,
      SECRET: newSecret(),
      HASHING: hashing,
      REDIS_URL: town.url,
      REDIS_TOKEN: town.token,
    },
  })
  const headers = { 'Content-Type': 'application/json', Origin: `http://127.0.0.1:${port}` }
  const post = (path: string, body: object, cookie?: string): Shot => ({
    method: 'POST',
    path: `/api/auth/${path}`,
    headers: cookie === undefined ? headers : { ...headers, Cookie: cookie },
    body: JSON.stringify(body),
  })
  const signInShot = (email: string) => post('sign-in/email', { email, password: PASSWORD })

  /** Addresses, used again and again: better-auth's memory is searched user by user, so many would slow it unfairly. */
  const users: string[] = []
  let turn = 0

  async function member(number: number, sessions: number) {
    const email = users[number] ?? `${crypto.randomUUID()}@example.com`
    const credentials = { email, password: PASSWORD, name: 'x' }
    if (users[number] === undefined) {
      users[number] = email
      const first = cookieOf(await ask(port, post('sign-up/email', credentials)))
      isOk(await ask(port, post('sign-out', {}, first)))
    }
    let cookie = ''
    for (let i = 0; i < sessions; i++) cookie = cookieOf(await ask(port, signInShot(email)))
    return { email, cookie }
  }

  async function members(count: number, sessions: number) {
    const made: { email: string; cookie: string }[] = []
    const end = turn + count
    const makeSome = async () => {
      while (turn < end) made.push(await member(turn++ % POOL, sessions))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, makeSome))
    return made
  }

  /** Sessions for 'get-session', which are never ended. */
  let looking: { email: string; cookie: string }[] | undefined
  const hasSession = mustBe(({ status, body }) => status === 200 && body.includes('"session"'))
  const contestant: BetterAuth['contestant'] = (what) => ({
    ...served,
    name: 'better-auth',
    supply: async (requests) => {
      if (what === 'get-session') {
        looking ??= await members(64, 1)
        const shots = looking.map(({ cookie }) => ({
          method: 'GET',
          path: '/api/auth/get-session',
          headers: { Cookie: cookie },
        }))
        return inTurn(shots, hasSession)
      }
      if (what === 'sign-in')
        return inTurn((await members(4, 1)).map(({ email }) => signInShot(email)))
      const going = await members(requests, what === 'sign-out' ? 1 : 3)
      return inTurn(
        going.map(({ cookie }) => post(what, {}, cookie)),
        isOk,
      )
    },
  })
  return { contestant }
}

function cookieOf(answer: Answer): string {
  isOk(answer)
  const [, cookie] = /\r\nset-cookie: ([^;]+)/i.exec(answer.head) ?? []
  if (cookie === undefined) throw new Error('better-auth set no cookie')
  return cookie
}

/** Adds the peers to the calls that they have too. */
export function addPeers(
  calls: Call[],
  { sample, cheap, dear }: { sample: Sample; cheap: BetterAuth; dear: BetterAuth },
): void {
  const beside: Record<string, Contestant[]> = {
    'check-strict': [sample.contestant('/user', 1), cheap.contestant('get-session')],
    logout: [sample.contestant('/logout', 1), cheap.contestant('sign-out')],
    'logout-all': [sample.contestant('/logout/all', 3), cheap.contestant('revoke-sessions')],
    'sign-in': [dear.contestant('sign-in')],
  }
  for (const call of calls) call.contestants.push(...(beside[call.id] ?? []))
}
