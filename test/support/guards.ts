/** Owns guards beside a street: both modes on the street's clock, with every fetch written down, and what they say. */

import { inject } from 'vitest'
import {
  createGuard,
  type Guard,
  type GuardCheck,
  type GuardDecision,
  type GuardOptions,
} from '../../src/guard/index.ts'
import { ISSUER, type Street } from './street.ts'

export interface Line {
  fetch: typeof fetch
  /** Paths, since the last forget(). */
  asked: string[]
  lists: () => number
  keys: () => number
  forget: () => void
}

type Answering = (request: Request) => Response | null | Promise<Response | null>

/** A guard's `fetch` into a street. `instead` answers in its place, unless it gives null. */
export function lineTo(street: Street, instead: Answering = () => null): Line {
  const asked: string[] = []
  const count = (part: string) => asked.filter((path) => path.includes(part)).length
  return {
    asked,
    lists: () => count('/statuslists/'),
    keys: () => count('/jwks.json'),
    forget: () => void asked.splice(0),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      asked.push(new URL(request.url).pathname)
      return (await instead(request)) ?? street.fetch(request)
    },
  }
}

/** A machine that does much else at the same time must not fail a test. */
const patient = { timeout: 10_000 }

type Options = Partial<Extract<GuardOptions, { mode?: 'status-list' | undefined }>>

export const listGuard = (street: Street, line: Line, options: Options = {}): Guard =>
  createGuard({
    ...patient,
    issuer: ISSUER,
    fetch: line.fetch,
    now: () => street.clock.now,
    ...options,
  })

export const strictGuard = (
  street: Street,
  line: Line,
  options: Options = {},
  readConsistency: 'primary' | 'replica' = 'primary',
): Guard =>
  createGuard({
    ...patient,
    issuer: ISSUER,
    fetch: line.fetch,
    now: () => street.clock.now,
    ...options,
    mode: 'strict',
    redis: { url: street.redis.url, token: inject('redis').token, readConsistency },
  })

export const bearer = (token: string): { headers: Headers } => ({
  headers: new Headers({ Authorization: `Bearer ${token}` }),
})

/** 'passes', 'passes unchecked', or why not. */
export const inShort = (decision: GuardDecision): string => {
  if (!decision.ok) return decision.reason
  return decision.checked ? 'passes' : 'passes unchecked'
}

/** The decision on a token, in short. Waits also for the work that the guard began in the background. */
export async function ask(guard: Guard, token: string, check: GuardCheck = {}): Promise<string> {
  const begun: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void begun.push(work)
  const decision = await guard.check(bearer(token), { waitUntil, ...check })
  await Promise.all(begun)
  return inShort(decision)
}
