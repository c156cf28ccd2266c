/** Owns what a race needs: repeatable chance, starts a few trips to Redis apart, and sign-ins to race with. Never sleeps. */

import { expect, inject, onTestFailed } from 'vitest'
import { type Device, deviceOf } from './devices.ts'
import { GENEROUS } from './quotas.ts'
import { type Answer, openStreet, PASSWORD, type Person, type Street } from './street.ts'

/** Chance from a seed (mulberry32): the same seed gives the same numbers. */
export interface Chance {
  /** A whole number below `bound`. */
  below: (bound: number) => number
}

function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return {
    below(bound) {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
    },
  }
}

/** To repeat a failure, return here the seed that it printed. How the machine interleaves the calls is not repeated. */
const newSeed = (): number => Math.floor(Math.random() * 2 ** 32)

/** The embedded stand-in is slower, and does one thing at a time. */
const isThorough = inject('redis').kind !== 'embedded'

export const rounds = (count: number): number => (isThorough ? count : Math.ceil(count / 10))

/** How many may run at once: the stand-in takes a crowd one by one, while every request has its time limit. */
export const atOnce = (count: number): number => (isThorough ? count : Math.min(count, 3))

/** Expects that each of these outcomes was seen, and no other. The rounds that run in a row see those that chance may miss. */
export const expectOutcomes = (seen: Set<string>, outcomes: string[]): void =>
  expect([...seen].toSorted()).toEqual(outcomes.toSorted())

/** The first two rounds leave nothing to chance: the runners go one after the other, as given and then backwards. */
export type Course = 'as given' | 'backwards' | 'at once'

export const courseOf = (round: number): Course =>
  round === 0 ? 'as given' : round === 1 ? 'backwards' : 'at once'

/** A runner starts late by fewer trips to Redis than this. */
const SPREAD = 4

/** Starts everything, each a few trips to Redis late, in an order that chance decides. Answers in the order given. */
export async function race<Result>(
  street: Street,
  chance: Chance,
  runners: (() => Promise<Result>)[],
  course: Course = 'at once',
): Promise<Result[]> {
  if (course !== 'at once') return inARow(runners, course)
  const start = async (run: () => Promise<Result>, late: number) => {
    for (let trip = 0; trip < late; trip++) await street.redis.look('PING')
    return run()
  }
  const starts = runners.map((run, place) => ({
    run,
    place,
    late: chance.below(SPREAD),
    order: chance.below(1e9),
  }))
  const started: Promise<Result>[] = []
  for (const { run, place, late } of starts.toSorted((a, b) => a.order - b.order))
    started[place] = start(run, late)
  return Promise.all(started)
}

async function inARow<Result>(
  runners: (() => Promise<Result>)[],
  course: Course,
): Promise<Result[]> {
  const places = [...runners.keys()]
  const ended: Result[] = []
  for (const place of course === 'backwards' ? places.reverse() : places) {
    const result = await runners[place]?.()
    if (result !== undefined) ended[place] = result
  }
  return ended
}

/** The chance of this run, whose seed is told when the test fails. */
export function openChance(): Chance {
  const seed = newSeed()
  onTestFailed(() => console.log(`The seed of this run was ${seed}.`))
  return chanceOf(seed)
}

/** A street for races. */
export async function openRaces(): Promise<{ street: Street; chance: Chance }> {
  const chance = openChance()
  return { street: await openStreet({ env: GENEROUS }), chance }
}

export const signIn = (street: Street, email: string, password = PASSWORD): Promise<Answer> =>
  street.call('POST', '/token?grant_type=password', { body: { email, password } })

/** A sign-in that may not be refused, as the device that it opened. */
export async function openDevice(street: Street, person: Person): Promise<Device> {
  return granted(await signIn(street, person.email))
}

/** What a sign-in, sign-up or refresh gave; it may not have been refused. */
export function granted({ status, body }: Answer): Device {
  expect(status, JSON.stringify(body)).toBe(200)
  return deviceOf({
    access_token: String(body.access_token),
    refresh_token: String(body.refresh_token),
  })
}
