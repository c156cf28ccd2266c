/** Owns the steps of a sequence: plain data, so that a failure can be kept as an ordinary test, and how chance draws them. */

import fc from 'fast-check'
import type { Asked, Order } from './model.ts'
import type { FaultName } from './realm.ts'

/** A fault of Redis during a step. `after`: how many of the step's requests pass before it. */
export interface StepFault {
  name: FaultName
  after: number
}

/** A token is a number: how far back from the newest, round and round, whether it still works or not. */
export type SingleStep =
  | { do: 'sign up'; who: number; asking: boolean }
  | { do: 'sign in'; who: number; asking: boolean; right: boolean }
  | { do: 'refresh'; token: number; own: boolean }
  | { do: 'log out'; token: number; scope: Asked }
  | { do: 'log out by cookie'; token: number; scope: Asked }
  /** By access token and cookie, as a page does. `cookie` null: the newest refresh token of the same session. */
  | { do: 'log out in browser'; token: number; cookie: number | null; scope: Asked }
  /** The scope is the caller's, and must not matter. */
  | { do: 'log out by ticket'; ticket: number; scope: Asked }
  | { do: 'log out service'; service: number; scope: Asked }
  | { do: 'end session'; token: number; of: number }
  | {
      do: 'change'
      token: number
      what: 'password' | 'email'
      proof: 'right' | 'wrong' | null
      global: boolean
    }
  | { do: 'reauthenticate'; token: number; right: boolean }
  | { do: 'delete'; token: number; proof: 'right' | 'wrong' | null }
  | { do: 'revoke access'; token: number }
  | { do: 'revoke refresh'; token: number }
  | { do: 'order'; who: number; order: Order }
  | { do: 'end session by operator'; of: number }
  | { do: 'end everyone' }
  | { do: 'look'; token: number }

/** A moment after which something is over. A step's `offset` is milliseconds before or after it. */
export type Boundary = 'reuse window' | 'access' | 'idle' | 'absolute' | 'proof' | 'ban' | 'service'

export type Step =
  | (SingleStep & { fault?: StepFault })
  | { do: 'together'; steps: SingleStep[] }
  /** One request of `step`, after `after` others, reaches Redis late: perhaps after `step` was given up and `next` was done. */
  | { do: 'late'; step: SingleStep; next: SingleStep; after: number }
  | { do: 'wait'; seconds: number }
  | { do: 'wait until'; boundary: Boundary; token: number; offset: -1 | 0 | 1 }
  | { do: 'deploy'; stage: number }
  | { do: 'issue service' }

const PEOPLE = 2

const who = fc.nat(PEOPLE - 1)
/** Mostly one of the newest. */
const token = fc.oneof(
  { weight: 4, arbitrary: fc.nat(2) },
  { weight: 2, arbitrary: fc.nat(6) },
  { weight: 1, arbitrary: fc.nat(40) },
)
const mostly = fc.nat(9).map((n) => n > 0)
const seldom = fc.nat(5).map((n) => n === 5)
const oneOf = fc.constantFrom
const scope = oneOf<Asked[]>('local', 'local', 'local', 'others', 'others', 'global', 'all', null)
const proof = oneOf('right', 'right', null, null, 'wrong')

const byBrowser: fc.Arbitrary<SingleStep> = fc.oneof(
  fc.record({ do: fc.constant<'log out by cookie'>('log out by cookie'), token, scope }),
  fc.record({
    do: fc.constant<'log out in browser'>('log out in browser'),
    token,
    cookie: fc.option(token, { freq: 4 }),
    scope,
  }),
)

/** Weights: tokens must come into being faster than everything ends. */
const single: fc.Arbitrary<SingleStep> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sign up'), who, asking: mostly }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('sign in'), who, asking: mostly, right: mostly }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('refresh'), token, own: mostly }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('log out'), token, scope }) },
  { weight: 3, arbitrary: byBrowser },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('log out by ticket'), ticket: fc.nat(2), scope }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('log out service'), service: fc.nat(2), scope }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end session'), token, of: token }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change'),
      token,
      what: oneOf('password', 'email'),
      proof,
      global: seldom,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reauthenticate'), token, right: mostly }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), token, proof }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke access'), token }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke refresh'), token }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('order'),
      who,
      order: oneOf('ban', 'lift', 'lift', 'log out', 'delete', 'password', 'role'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end session by operator'), of: token }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end everyone') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look'), token }) },
) as fc.Arbitrary<SingleStep>

/** Silent faults are seldom: each takes the product's whole time limit, in real time. */
const fault: fc.Arbitrary<StepFault> = fc.record({
  name: fc.oneof(
    {
      weight: 60,
      arbitrary: oneOf<FaultName[]>(
        'refuses',
        'is down',
        'breaks once',
        'does it and breaks once',
        'does it and breaks twice',
        'does it and breaks',
        'answers half',
        'answers nonsense',
        'answers null',
        'is late',
      ),
    },
    { weight: 1, arbitrary: oneOf<FaultName[]>('is silent', 'does it and is silent') },
  ),
  after: fc.nat(3),
})

const wait = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      seconds: oneOf(0.4, 1, 10, 30, 31, 300, 700, 1500),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait until'),
      boundary: oneOf<Boundary[]>(
        'reuse window',
        'reuse window',
        'access',
        'access',
        'idle',
        'absolute',
        'proof',
        'ban',
        'service',
      ),
      token,
      offset: oneOf(-1, 0, 1),
    }),
  },
) as fc.Arbitrary<Step>

/** Tries whether a silent Redis lets anyone in. Only by 'look': all other acts ask Redis again after the check. */
const silence: fc.Arbitrary<Step> = fc.record({
  do: fc.constant<'look'>('look'),
  token,
  fault: fc.record({ name: fc.constant<'is silent'>('is silent'), after: fc.nat(1) }),
})

/** Logouts by a browser that Redis does not confirm, so that they give tickets. */
const unconfirmed: fc.Arbitrary<Step> = fc
  .tuple(
    byBrowser,
    fc.record({
      name: oneOf<FaultName[]>('is down', 'does it and breaks', 'answers nonsense'),
      after: fc.nat(1),
    }),
  )
  .map(([one, under]) => ({ ...one, fault: under }))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 100, arbitrary: single },
  { weight: 1, arbitrary: silence },
  { weight: 8, arbitrary: unconfirmed },
  { weight: 5, arbitrary: fc.constant({ do: 'issue service' }) },
  {
    weight: 40,
    arbitrary: fc.tuple(single, fault).map(([one, under]): Step => ({ ...one, fault: under })),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant<'together'>('together'),
      steps: fc.oneof(
        fc.array(single, { minLength: 2, maxLength: 3 }),
        // Parallel tabs: the same token twice.
        fc.tuple(single, single).map(([one, other]) => [one, one, other]),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant<'late'>('late'),
      step: single,
      next: single,
      after: fc.nat(2),
    }),
  },
  { weight: 30, arbitrary: wait },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant<'deploy'>('deploy'), stage: fc.nat(11) }),
  },
)

/** Longer ones cost more than they find: every token is tried after every step. */
const MOST_STEPS = 30

/** Each begins with a sign-up: without an account nothing can happen. */
export const sequences: fc.Arbitrary<Step[]> = fc
  .array(step, { minLength: 1, maxLength: MOST_STEPS, size: 'max' })
  .map((steps) => [{ do: 'sign up', who: 0, asking: true }, ...steps])
