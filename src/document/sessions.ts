/** Owns what the document says of signing in and out, and of one's own sessions. */

import * as z from 'zod/mini'
import { logoutAllQuery, logoutQuery, sessionId } from '../contract/bodies.ts'
import { JSON_TYPE } from '../contract/media-types.ts'
import type { OperationId } from '../contract/operations.ts'
import { REFRESH_REUSE_WINDOW } from '../domain/policy.ts'
import type { Description, RequestBody, Success } from './description.ts'
import {
  cookieTokens,
  email,
  ids,
  laptop,
  password,
  phone,
  receipt,
  refreshToken,
  tokens,
} from './examples.ts'

export const tokensAnswer = (description: string): Success => ({
  description,
  content: {
    type: JSON_TYPE,
    schema: ['Tokens', 'CookieTokens'],
    examples: { tokens, cookie: cookieTokens },
  },
})

export const receiptAnswer = (message: string, scope: string, ended: number | null): Success => ({
  description: 'Confirmed by Redis: from now on no token of the ended sessions works.',
  content: {
    type: JSON_TYPE,
    schema: 'LogoutReceipt',
    examples: { ended: receipt(message, scope, ended) },
  },
})

const LOGOUT_WORDS =
  'An expired access token may still end the session that it names, and nothing more. One ' +
  'that was revoked alone also ends its own session, if no other scope is asked for. A token whose session has ended gets ' +
  '200 and `sessions_ended` 0 while the token has not expired, so a logout can be repeated; the `scope` is then `local` while other sessions of the user live, since it ends none of them. What Redis did not confirm is a 503, never a success. A browser that chose the cookie needs no access token: the cookie ' +
  'is proof enough, and is cleared before Redis is asked, unless the scope is `others`; a request that does not fit its schema, or is of another site, leaves it. If that logout was not confirmed (429, 500 or 503), `logout_ticket` of the error, ' +
  'sent as `ticket`, ends the same sessions. A logout that is sent late should name its `session`, so that it does not end one of a later ' +
  'sign-in. If the access token is one of ours, or no cookie was chosen, the body is not read.'

/** The body is read only when the caller chose the cookie and sent no access token of ours. */
const COOKIE_LOGOUT: RequestBody = {
  form: 'json',
  required: false,
  schemas: ['CookieLogout'],
  examples: { ticket: { ticket: 'dGlja2V0' }, meant: { session: ids.session } },
}
const LOGOUT_REFUSALS = [
  'token_expired',
  'token_revoked',
  'refresh_token_reused',
  'rate_limited',
  'overtaken',
] as const
const LOGOUT_TRANSPORT = { clearedOn: [400, 401, 429, 500, 503] }

export const sessionOperations = {
  token: {
    tag: 'Sessions',
    summary: 'Sign in, or exchange a refresh token',
    description:
      '`grant_type` is read from the query; if absent, from the body. A refresh token works once. An older one that is ' +
      `used within ${REFRESH_REUSE_WINDOW} seconds of the last rotation (the default) gets the current refresh token and a new access token; ` +
      'later its session ends: somebody else has a copy.',
    query: {
      schema: z.object({ grant_type: z.optional(z.enum(['password', 'refresh_token'])) }),
      notes: { grant_type: 'Instead of in the body; `@supabase/auth-js` sends it here.' },
    },
    body: {
      form: 'json-or-form',
      required: true,
      schemas: ['PasswordGrant', 'RefreshGrant'],
      examples: {
        password: { grant_type: 'password', email, password },
        refresh: { grant_type: 'refresh_token', refresh_token: refreshToken },
      },
    },
    transport: { clearedOn: [400] },
    answers: { 200: tokensAnswer('The tokens of the session.') },
    refusals: [
      'grant_type_unsupported',
      'credentials_wrong',
      'email_not_confirmed',
      'user_banned',
      'refresh_token_unknown',
      'rate_limited',
      'overtaken',
    ],
    faults: ['signIn', 'refresh'],
    limits: ['sign_in_account', 'sign_in_address', 'refresh'],
  },
  logout: {
    tag: 'Sessions',
    summary: 'End sessions',
    description: LOGOUT_WORDS,
    query: {
      schema: logoutQuery,
      notes: {
        scope:
          "`local`: the token's own session. `others`: every other one of the user. `global`: all of them. If left out, it is `global`, or what the operator chose (`DEFAULT_LOGOUT_SCOPE`).",
      },
    },
    body: COOKIE_LOGOUT,
    transport: LOGOUT_TRANSPORT,
    answers: { 200: receiptAnswer('Logout successful', 'global', 2) },
    refusals: LOGOUT_REFUSALS,
    faults: ['logout'],
    limits: ['logout'],
  },
  logoutAll: {
    tag: 'Sessions',
    summary: 'End every session of the user',
    description: LOGOUT_WORDS,
    query: {
      schema: logoutAllQuery,
      notes: { scope: 'May be left out: there is no other here.' },
    },
    body: COOKIE_LOGOUT,
    transport: LOGOUT_TRANSPORT,
    answers: { 200: receiptAnswer('Logged out from all devices', 'global', 2) },
    refusals: LOGOUT_REFUSALS,
    faults: ['logout'],
    limits: ['logout'],
  },
  listSessions: {
    tag: 'Sessions',
    summary: 'See the devices that are signed in',
    answers: {
      200: {
        description: 'The live sessions of the user.',
        content: {
          type: JSON_TYPE,
          schema: 'Sessions',
          examples: { two: { sessions: [laptop, phone] } },
        },
      },
    },
  },
  endSession: {
    tag: 'Sessions',
    summary: 'End one session, such as that of a lost device',
    path: { id: { schema: sessionId, note: 'As listed by `GET /sessions`.' } },
    answers: { 200: receiptAnswer('Logout successful', 'session', 1) },
    refusals: ['session_unknown'],
    faults: ['logout'],
  },
} satisfies Partial<Record<OperationId, Description>>
