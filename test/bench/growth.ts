/** Owns the growth: the same calls beside few and many sessions of others, and for users with few and many of their own. */

import { inTurn, isOk, mustBe, type Places } from './calls.ts'
import { addSessions, fillSample, fillWithOthers } from './fill.ts'
import { burst, type Round } from './load.ts'
import { median } from './measure.ts'
import type { Plan } from './options.ts'
import { openSample } from './peer-calls.ts'
import { stopAll } from './processes.ts'
import { openService, type Scripts } from './service.ts'
import { openTown, type Town } from './town.ts'

export interface Growth {
  what: string
  /** Sessions of others, or of the user. */
  size: number
  /** Milliseconds, one caller. */
  p50: number
  /** Median of the rounds' ratios to the smallest size. */
  toSmallest: number
}

interface Subject {
  what: string
  size: number
  port: number
  requests: number
  /** How many of the rounds measure it: what takes half a second needs few. */
  rounds: number
  supply: (requests: number) => Promise<Round>
}

const firstTokens = (people: { sessions: { access: string }[] }[]) =>
  people.map(({ sessions }) => ({ Authorization: `Bearer ${sessions[0]?.access ?? ''}` }))

const logoutEnds = (sessions: number) =>
  mustBe(({ status, body }) => status === 200 && body.includes(`"sessions_ended":${sessions}`))

const REQUESTS = 40
/** Rounds for what grows by factors, or whose sessions take long to make. */
const FEW_ROUNDS = 5

/** Opens a Redis and a service for each size, so that the sizes can be measured in turn. */
export async function measureGrowth(
  plan: Plan,
  scripts: Scripts,
  say: (line: string) => void,
): Promise<{ others: Growth[]; own: Growth[] }> {
  const subjects: Subject[] = []
  let smallest: { town: Town; places: Places } | undefined
  for (const size of plan.others) {
    const town = await openTown()
    const places = await openService(town, scripts)
    smallest ??= { town, places }
    const [pattern] = await places.people.make(1)
    if (!pattern) throw new Error('nobody to copy')
    say(`growth: Redis with ${size} other sessions`)
    await fillWithOthers(town.redis, pattern, size)
    subjects.push(...(await subjectsBeside(size, places, plan)))
    if (!plan.withPeers) continue
    const sample = await openSample(town)
    await fillSample(town.database(1), size)
    const { port, supply } = sample.contestant('/logout', 1)
    const requests = size > 10_000 ? 3 : 20
    subjects.push({
      what: 'sample: logout',
      size,
      port,
      requests,
      rounds: Math.min(FEW_ROUNDS, plan.growthRounds),
      supply: (count) => supply(count, 1),
    })
  }
  const others = await inRounds(subjects, plan.growthRounds, say)
  if (!smallest) throw new Error('no size to measure')
  const own = await inRounds(subjectsOf(smallest.town, smallest.places, plan), FEW_ROUNDS, say)
  await stopAll()
  return { others, own }
}

async function subjectsBeside(size: number, places: Places, plan: Plan): Promise<Subject[]> {
  const { people, service, resource } = places
  const known = firstTokens(await people.make(32))
  const common = { size, requests: REQUESTS, rounds: plan.growthRounds }
  return [
    {
      ...common,
      what: 'logout',
      port: service.port,
      supply: async (requests) =>
        inTurn(
          firstTokens(await people.make(requests)).map((headers) => ({
            method: 'POST',
            path: '/logout?scope=local',
            headers,
          })),
          logoutEnds(1),
        ),
    },
    {
      ...common,
      what: 'check',
      port: resource.port,
      supply: async () =>
        inTurn(
          known.map((headers) => ({ method: 'GET', path: '/strict', headers })),
          isOk,
        ),
    },
  ]
}

function subjectsOf(town: Town, { people, service, resource }: Places, plan: Plan): Subject[] {
  const rounds = Math.min(FEW_ROUNDS, plan.growthRounds)
  return plan.own.flatMap((size) => {
    const make = async (count: number) => {
      const made = await people.make(count)
      for (const person of made) await addSessions(town.redis, person, size - 1)
      return firstTokens(made)
    }
    const common = { size, requests: 10, rounds }
    const logout = (what: string, path: string, ended: number): Subject => ({
      ...common,
      what,
      port: service.port,
      supply: async (requests) =>
        inTurn(
          (await make(requests)).map((headers) => ({ method: 'POST', path, headers })),
          logoutEnds(ended),
        ),
    })
    return [
      logout('logout', '/logout?scope=local', 1),
      logout('logout all', '/logout?scope=global', size),
      {
        ...common,
        what: 'check',
        port: resource.port,
        supply: async (requests) =>
          inTurn(
            (await make(requests)).map((headers) => ({ method: 'GET', path: '/strict', headers })),
          ),
      },
    ]
  })
}

async function inRounds(
  subjects: Subject[],
  rounds: number,
  say: (line: string) => void,
): Promise<Growth[]> {
  const times = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]))
  for (let round = -1; round < rounds; round++) {
    say(`growth: round ${round + 1} of ${rounds}`)
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      if (round >= subject.rounds) continue
      const supplied = await subject.supply(subject.requests)
      const taken = await burst(subject.port, supplied, subject.requests, 1)
      // The first one only warms up.
      if (round >= 0) times.get(subject)?.push(median(taken.times))
    }
  }
  return subjects.map((subject) => {
    const mine = times.get(subject) ?? []
    const first = subjects.find(({ what }) => what === subject.what)
    const base = (first && times.get(first)) ?? []
    return {
      what: subject.what,
      size: subject.size,
      p50: median(mine),
      toSmallest: median(mine.map((time, i) => time / (base[i] ?? 0))),
    }
  })
}
