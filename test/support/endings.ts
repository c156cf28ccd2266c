/** Owns the endings of the promise: which call, what it ends, and what stays; for a street or for servers on this machine. */

import {
  type Device,
  devicesOf,
  newestAccess,
  newestRefresh,
  type Owner,
  renew,
} from './devices.ts'
import type { Answer, Street } from './street.ts'

/** The service as it can be called, wherever it is. */
export interface Town extends Pick<Street, 'call' | 'refresh' | 'serviceToken'> {
  /** Lets so many seconds go by, or does what has the same effect. */
  pass: (seconds: number) => Promise<void>
}

export const townOf = (street: Street): Town => ({
  ...street,
  pass: async (seconds) => street.clock.pass(seconds),
})

export interface Scene {
  town: Town
  alice: Owner
  laptop: Device
  phone: Device
  tablet: Device
  bob: Owner
}

type Act = (scene: Scene) => Promise<Answer>

export interface Ending {
  call: string
  /** What must have happened before. */
  prepare?: (scene: Scene) => Promise<void>
  act: Act
  /** Access tokens that end; all others must live. */
  ends: (scene: Scene) => string[]
  /** Sessions whose bit is set in their status list, or whose whole list becomes void. */
  bits: (scene: Scene) => Device[]
  env?: Record<string, string>
}

export const tokensOf = (...devices: Device[]): string[] =>
  devices.flatMap((one) => one.accessTokens)
const all = ({ laptop, phone, tablet }: Scene): Device[] => [laptop, phone, tablet]
const others = ({ phone, tablet }: Scene): Device[] => [phone, tablet]

/** An ending of whole sessions. */
const row = (
  call: string,
  sessions: (scene: Scene) => Device[],
  act: Act,
  env: Record<string, string> = {},
): Ending => ({ call, act, ends: (scene) => tokensOf(...sessions(scene)), bits: sessions, env })

const byLaptop =
  (method: string, path: string, body?: unknown): Act =>
  ({ town, laptop }) =>
    town.call(method, path, { token: newestAccess(laptop), body })
const byOperator =
  (method: string, path: (scene: Scene) => string, body?: unknown): Act =>
  async (scene) =>
    scene.town.call(method, path(scene), { token: await scene.town.serviceToken(), body })
const user = ({ alice }: Scene) => `/admin/users/${alice.id}`
const revoke =
  (token: (scene: Scene) => string): Act =>
  async (scene) =>
    scene.town.call('POST', '/revoke', {
      body: new URLSearchParams({ token: token(scene) }).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })

export const endings: Ending[] = [
  row('POST /logout?scope=local', (s) => [s.laptop], byLaptop('POST', '/logout?scope=local')),
  row('POST /logout?scope=others', others, byLaptop('POST', '/logout?scope=others')),
  row('POST /logout?scope=global', all, byLaptop('POST', '/logout?scope=global')),
  row('POST /logout/all', all, byLaptop('POST', '/logout/all')),
  row('POST /logout', all, byLaptop('POST', '/logout')),
  row('POST /logout, DEFAULT_LOGOUT_SCOPE=local', (s) => [s.laptop], byLaptop('POST', '/logout'), {
    DEFAULT_LOGOUT_SCOPE: 'local',
  }),
  row(
    'DELETE /sessions/:id',
    (s) => [s.phone],
    (s) => byLaptop('DELETE', `/sessions/${s.phone.session}`)(s),
  ),
  row('PUT /user, password', others, byLaptop('PUT', '/user', { password: 'another good one' })),
  row('PUT /user, email', others, byLaptop('PUT', '/user', { email: 'moved@example.com' })),
  row(
    'PUT /user, password, logout global',
    all,
    byLaptop('PUT', '/user', { password: 'another good one', logout: 'global' }),
  ),
  row('DELETE /user', all, byLaptop('DELETE', '/user')),
  {
    ...row(
      'a refresh token reused',
      (s) => [s.phone],
      ({ town, phone }) => town.refresh(phone.refreshTokens[0] ?? ''),
    ),
    prepare: ({ town }) => town.pass(35),
  },
  row(
    'DELETE /admin/users/:id/sessions/:session',
    (s) => [s.phone],
    byOperator('DELETE', (s) => `${user(s)}/sessions/${s.phone.session}`),
  ),
  row(
    'POST /admin/users/:id/logout',
    all,
    byOperator('POST', (s) => `${user(s)}/logout`),
  ),
  row('PUT /admin/users/:id, ban', all, byOperator('PUT', user, { ban_duration: '24h' })),
  row('PUT /admin/users/:id, role', all, byOperator('PUT', user, { role: 'admin' })),
  row('DELETE /admin/users/:id', all, byOperator('DELETE', user)),
  row(
    'POST /admin/logout',
    (s) => [...all(s), ...devicesOf(s.bob)],
    byOperator('POST', () => '/admin/logout'),
  ),
  row(
    'POST /revoke, refresh token',
    (s) => [s.phone],
    revoke((s) => newestRefresh(s.phone)),
  ),
  {
    call: 'POST /revoke, access token',
    act: revoke((s) => newestAccess(s.phone)),
    ends: (s) => [newestAccess(s.phone)],
    bits: () => [],
  },
  {
    ...row(
      'a sign-in beyond SESSIONS_PER_USER',
      (s) => [s.laptop],
      ({ town, alice: { email, password } }) =>
        town.call('POST', '/token?grant_type=password', { body: { email, password } }),
      { SESSIONS_PER_USER: '3' },
    ),
    prepare: async ({ town, phone, tablet }) => {
      await town.pass(7)
      for (const device of [phone, tablet]) await renew(town, device)
    },
  },
]
