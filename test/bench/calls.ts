/** Owns the calls that are compared: who answers each, what is asked, and that the answer is right. Never measures. */

import type { Answer, Round, Shot } from './load.ts'
import { PASSWORD, type People, type Person } from './people.ts'
import type { Served } from './workerd.ts'

export const CONTESTANTS = ['curfew', 'floor', 'sample', 'better-auth'] as const
export type ContestantName = (typeof CONTESTANTS)[number]

export interface Contestant extends Served {
  name: ContestantName
  /** Makes what a burst of so many requests by so many callers uses up, such as sessions. */
  supply: (requests: number, callers: number) => Promise<Round>
}

export interface Call {
  id: string
  title: string
  /** How many requests to Redis the floor makes. */
  floor: number
  contestants: Contestant[]
  /** Fewer than the run's, for a call that is slow by nature. */
  callers?: number
  requests?: number
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Throws when an answer is not as expected: nothing was measured then. */
export const mustBe =
  (expected: (answer: Answer) => boolean) =>
  (answer: Answer): void => {
    if (!expected(answer))
      throw new Error(`unexpected answer ${answer.status}: ${answer.body.slice(0, 300)}`)
  }
export const isOk = mustBe(({ status }) => status === 200)

/** One shot after the other, whichever caller asks, and from the first again. */
export function inTurn(shots: Shot[], answered: Round['answered'] = isOk): Round {
  let at = 0
  return {
    next: () => {
      const shot = shots[at++ % shots.length]
      if (!shot) throw new Error('nothing to ask')
      return shot
    },
    answered,
  }
}

const firstAccess = ({ sessions }: Person): string => sessions[0]?.access ?? ''
const LIVELY = 64

/** Of as many people, or of the same few in turn. A token that was never seen costs even the floor more. */
type Tokens = (count: number) => Promise<string[]>

export interface Places {
  service: Served
  resource: Served
  floor: Served
  people: People
  /** Whose passwords were hashed as dearly as in production. */
  dearPeople: People
}

export async function ownCalls({ service, resource, floor, people, dearPeople }: Places) {
  const newTokens: Tokens = async (count) => (await people.make(count)).map(firstAccess)
  const few = await newTokens(LIVELY)
  const knownTokens: Tokens = async () => few

  const reading = (
    name: ContestantName,
    served: Served,
    path: string,
    tokens = knownTokens,
  ): Contestant => ({
    ...served,
    name,
    supply: async (count) =>
      inTurn(
        (await tokens(count)).map((token) => ({ method: 'GET', path, headers: bearer(token) })),
      ),
  })
  /** A call that uses up a token each time has a floor with tokens that are as new. */
  const floorOf = (requests: number, tokens = knownTokens) =>
    reading('floor', floor, `/${requests}`, tokens)
  const own = (served: Served, supply: Contestant['supply']): Contestant => ({
    ...served,
    name: 'curfew',
    supply,
  })
  const logout = (path: string, sessions: number) =>
    own(service, async (requests) => {
      const going = await people.make(requests, sessions)
      const shots = going.map((person) => ({
        method: 'POST',
        path,
        headers: bearer(firstAccess(person)),
      }))
      const ended = path.endsWith('local') ? 1 : sessions
      return inTurn(
        shots,
        mustBe(({ status, body }) => status === 200 && body.includes(`"sessions_ended":${ended}`)),
      )
    })

  const calls: Call[] = [
    {
      id: 'check-strict',
      title: 'token check, strict (guard)',
      floor: 1,
      contestants: [reading('curfew', resource, '/strict'), floorOf(1)],
    },
    {
      id: 'check-strict-new',
      title: 'token check, strict, each token new',
      floor: 1,
      contestants: [reading('curfew', resource, '/strict', newTokens), floorOf(1, newTokens)],
    },
    {
      id: 'check-list',
      title: 'token check, status list (guard)',
      floor: 0,
      contestants: [reading('curfew', resource, '/list'), floorOf(0)],
    },
    {
      id: 'user',
      title: 'GET /user (check and account)',
      floor: 1,
      contestants: [reading('curfew', service, '/user'), floorOf(1)],
    },
    {
      id: 'refresh',
      title: 'refresh',
      floor: 1,
      contestants: [own(service, (_, callers) => refreshing(people, callers)), floorOf(1)],
    },
    {
      id: 'logout',
      title: 'logout (this session)',
      floor: 1,
      contestants: [logout('/logout?scope=local', 1), floorOf(1, newTokens)],
    },
    {
      id: 'logout-all',
      title: 'logout all (3 sessions)',
      floor: 2,
      contestants: [logout('/logout?scope=global', 3), floorOf(2, newTokens)],
    },
    await signInCall(service, floor, dearPeople),
  ]
  return calls
}

/** Each caller goes on with the token that it was given last. */
async function refreshing(people: People, callers: number): Promise<Round> {
  const held = (await people.make(callers)).map(({ sessions }) => sessions[0]?.refresh ?? '')
  return {
    next: (caller) => ({
      method: 'POST',
      path: '/token?grant_type=refresh_token',
      headers: JSON_TYPE,
      body: JSON.stringify({ refresh_token: held[caller] }),
    }),
    answered: (answer, caller) => {
      isOk(answer)
      held[caller] = (JSON.parse(answer.body) as { refresh_token: string }).refresh_token
    },
  }
}

async function signInCall(service: Served, floor: Served, dearPeople: People): Promise<Call> {
  const people = await dearPeople.make(24)
  return {
    id: 'sign-in',
    title: 'sign-in (password hash included)',
    floor: 3,
    // Hashes go one after the other in any case.
    callers: 2,
    requests: 16,
    contestants: [
      {
        ...service,
        name: 'curfew',
        supply: async () =>
          inTurn(
            people.map(({ email }) => ({
              method: 'POST',
              path: '/token?grant_type=password',
              headers: JSON_TYPE,
              body: JSON.stringify({ email, password: PASSWORD }),
            })),
          ),
      },
      {
        ...floor,
        name: 'floor',
        supply: async () =>
          inTurn([
            {
              method: 'POST',
              path: '/hash',
              headers: JSON_TYPE,
              body: JSON.stringify({ password: PASSWORD }),
            },
          ]),
      },
    ],
  }
}
