/** Owns the accounts and sessions that a run needs, made by the service's own code in this process. Never measures. */

import { decodeJwt } from 'jose'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { TokenBody } from '../../src/contract/answers.ts'
import { SCRYPT } from '../../src/domain/policy.ts'
import { createServices } from '../../src/worker.ts'

export const PASSWORD = 'a long enough password of the bench'

/** Saves time where no sign-in by these passwords is measured. */
const CHEAP = { N: 16, r: 1, p: 1 }
/** People made at once. A dear hash takes this process so long that a crowd would not be answered in time. */
const AT_ONCE = { cheap: 32, dear: 2 }

export interface Person {
  id: string
  email: string
  /** The person's sessions, oldest first. */
  sessions: { id: string; access: string; refresh: string }[]
}

export interface People {
  /** So many persons with so many sessions each. */
  make(count: number, sessions?: number): Promise<Person[]>
}

/** With 'dear', hashes passwords at the service's own cost. */
export async function openPeople(
  settings: Record<string, string>,
  hashing: 'cheap' | 'dear' = 'cheap',
): Promise<People> {
  const services = await createServices(readConfig(settings), {
    log: (line) => {
      if (line.level === 'error') console.error(JSON.stringify(line))
    },
    scrypt: hashing === 'cheap' ? CHEAP : SCRYPT,
  })
  const app = createApp(services)
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} }

  async function call(path: string, body: object): Promise<TokenBody> {
    const headers = { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.7' }
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await app.request(path, request, {}, context)
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as TokenBody
  }

  async function makeOne(count: number): Promise<Person> {
    const email = `${crypto.randomUUID()}@example.com`
    const credentials = { email, password: PASSWORD }
    const bodies = [await call('/signup', credentials)]
    while (bodies.length < count) bodies.push(await call('/token?grant_type=password', credentials))
    const id = String(decodeJwt(bodies[0]?.access_token ?? '').sub)
    const sessions = bodies.map((body) => ({
      id: String(decodeJwt(body.access_token).sid),
      access: body.access_token,
      refresh: body.refresh_token ?? '',
    }))
    return { id, email, sessions }
  }

  return {
    async make(count, sessions = 1) {
      const people: Person[] = []
      let left = count
      const makeSome = async () => {
        while (left-- > 0) people.push(await makeOne(sessions))
      }
      await Promise.all(Array.from({ length: Math.min(AT_ONCE[hashing], count) }, makeSome))
      return people
    },
  }
}
