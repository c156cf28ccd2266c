/** Owns the sequences that once fooled the service, or would have: shrunk by `npm run test:model`, and played with every test run. */

import { beforeAll, describe, expect, test } from 'vitest'
import { openRealm, type Realm } from './realm.ts'
import { newTally, play } from './sequence.ts'
import type { Step } from './steps.ts'

let realm: Realm
beforeAll(async () => {
  realm = await openRealm()
})

const SIGNED_UP: Step = { do: 'sign up', who: 0, asking: true }
const REFRESHED: Step = { do: 'refresh', token: 0, own: true }

const UNCONFIRMED: Step = {
  do: 'log out by cookie',
  token: 0,
  scope: 'local',
  fault: { name: 'is down', after: 0 },
}

/** What broke the service on purpose, and the steps that told. */
const kept: { broken: string; steps: Step[] }[] = [
  { broken: 'no token version is compared', steps: [SIGNED_UP, { do: 'end everyone' }] },
  {
    broken: 'a check is answered by the nearest replica, which has not heard of the logout',
    steps: [SIGNED_UP, { do: 'log out', token: 0, scope: 'local' }],
  },
  {
    broken: 'a revoked access token is not written down',
    steps: [SIGNED_UP, { do: 'revoke access', token: 0 }],
  },
  {
    broken: 'the refresh token before the present one works for good',
    steps: [SIGNED_UP, REFRESHED, { do: 'wait', seconds: 300 }],
  },
  {
    broken: 'a check that Redis does not answer in time lets everyone in',
    steps: [
      SIGNED_UP,
      { do: 'log out', token: 0, scope: 'local' },
      { do: 'look', token: 0, fault: { name: 'is silent', after: 0 } },
    ],
  },
  {
    broken: 'a logout ticket ends nothing',
    steps: [SIGNED_UP, UNCONFIRMED, { do: 'log out by ticket', ticket: 0, scope: null }],
  },
  {
    broken: 'a logout ticket ends what the caller names, not what it stands for',
    steps: [
      SIGNED_UP,
      { do: 'sign in', who: 0, asking: true, right: true },
      UNCONFIRMED,
      { do: 'log out by ticket', ticket: 0, scope: 'global' },
    ],
  },
  {
    broken: 'a logout ticket is not told, or is as good as the refresh token',
    steps: [SIGNED_UP, UNCONFIRMED],
  },
  {
    broken: 'the cookie is not asked where the access token was revoked alone',
    steps: [
      SIGNED_UP,
      { do: 'revoke access', token: 0 },
      { do: 'log out in browser', token: 0, cookie: null, scope: 'local' },
    ],
  },
  {
    broken: 'the cookie of another session stands in for an access token that has expired',
    steps: [
      SIGNED_UP,
      { do: 'sign in', who: 0, asking: true, right: true },
      { do: 'wait', seconds: 901 },
      { do: 'log out in browser', token: 1, cookie: 0, scope: 'local' },
    ],
  },
  {
    broken:
      'a service token that is logged out is not written down, or a guard does not ask for it',
    steps: [
      { do: 'issue service' },
      { do: 'end everyone' },
      { do: 'log out service', service: 0, scope: 'local' },
    ],
  },
  {
    broken: 'the bit of an ended session is not set, or a guard goes by a list that has lapsed',
    steps: [
      SIGNED_UP,
      { do: 'wait', seconds: 1 },
      { do: 'log out', token: 0, scope: 'local' },
      { do: 'wait', seconds: 30 },
    ],
  },
  {
    broken: 'the end of everyone voids no status list',
    steps: [SIGNED_UP, { do: 'end everyone' }, { do: 'wait', seconds: 30 }],
  },
  {
    broken: 'a status list does not name the token that was revoked alone',
    steps: [SIGNED_UP, { do: 'revoke access', token: 0 }, { do: 'wait', seconds: 30 }],
  },
  {
    broken: 'a logout is answered before Redis has done it',
    steps: [
      SIGNED_UP,
      { do: 'log out', token: 0, scope: 'local', fault: { name: 'is late', after: 1 } },
    ],
  },
]

/** What the model itself had to learn of the service. */
const learnt: { lesson: string; steps: Step[] }[] = [
  {
    lesson: 'an end that another got ahead of finds no session',
    steps: [
      SIGNED_UP,
      {
        do: 'together',
        steps: [
          { do: 'end session', token: 0, of: 0 },
          { do: 'end session', token: 0, of: 0 },
        ],
      },
    ],
  },
  {
    lesson: 'a banned user is told so at sign-in',
    steps: [
      SIGNED_UP,
      { do: 'order', who: 0, order: 'ban' },
      { do: 'sign in', who: 0, asking: false, right: true },
      { do: 'order', who: 0, order: 'lift' },
      { do: 'sign in', who: 0, asking: false, right: true },
    ],
  },
  {
    lesson: 'behind a lost refresh and new secrets, a token may be of either generation',
    steps: [
      SIGNED_UP,
      REFRESHED,
      { do: 'refresh', token: 0, own: true, fault: { name: 'refuses', after: 1 } },
      { do: 'deploy', stage: 2 },
    ],
  },
  {
    lesson: 'a token that has just expired can still be revoked, and ends nothing then',
    steps: [
      SIGNED_UP,
      { do: 'wait until', boundary: 'access', token: 0, offset: 1 },
      { do: 'revoke access', token: 0 },
      { do: 'log out', token: 0, scope: 'local' },
    ],
  },
  {
    lesson: 'what comes late was sent before, or comes after',
    steps: [
      SIGNED_UP,
      {
        do: 'late',
        step: { do: 'log out', token: 0, scope: 'local' },
        next: { do: 'refresh', token: 0, own: true },
        after: 1,
      },
    ],
  },
  {
    lesson: 'a replica that has heard of everything answers as the primary',
    steps: [
      { do: 'deploy', stage: 8 },
      SIGNED_UP,
      { do: 'sign in', who: 0, asking: true, right: true },
      { do: 'log out', token: 0, scope: 'others' },
      { do: 'revoke access', token: 0 },
      { do: 'end everyone' },
    ],
  },
  {
    lesson: 'a logout that was not confirmed can be repeated until it is',
    steps: [
      SIGNED_UP,
      { do: 'sign in', who: 0, asking: true, right: true },
      {
        do: 'log out',
        token: 0,
        scope: 'others',
        fault: { name: 'does it and breaks', after: 1 },
      },
      { do: 'log out', token: 0, scope: 'global', fault: { name: 'is down', after: 0 } },
      { do: 'log out', token: 0, scope: 'global' },
    ],
  },
]

async function played(steps: Step[]): Promise<number> {
  const tally = newTally()
  await play(realm, steps, tally)
  return tally.steps
}

describe('what a broken service could not hide', () => {
  test.each(kept)('$broken', async ({ steps }) => {
    expect(await played(steps)).toBe(steps.length)
  })
})

describe('what the model had to learn', () => {
  test.each(learnt)('$lesson', async ({ steps }) => {
    expect(await played(steps)).toBe(steps.length)
  })
})
