/** Owns the steps that ask who is calling. Never the rule itself: domain/authenticate.ts has it. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { requireLive, requireOperatorRole, requireSession } from '../domain/authenticate.ts'
import { readBearer } from '../domain/bearer.ts'
import type { Operator } from '../domain/operator.ts'
import type { Refusal } from '../domain/refusal.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import {
  type AccessToken,
  belongsToSession,
  isExpired,
  type SessionToken,
} from '../domain/token.ts'
import { originOf } from './device.ts'
import type { AppEnv } from './environment.ts'
import { bytesOf } from './incoming-body.ts'
import { refused } from './problem.ts'

/** RFC 6750 section 2.1. Never from the query or the body. */
export async function readToken(c: Context<AppEnv>): Promise<Result<AccessToken, Refusal>> {
  const text = readBearer(c.req.header('Authorization'))
  if (text === null) return refuse({ reason: 'token_missing' })
  const token = await c.get('ports').accessTokens.verify(text)
  return token ? ok(token) : refuse({ reason: 'token_bad' })
}

/** A token that works now. One round trip. */
export const requireLiveToken = createMiddleware<AppEnv>(async function requireLiveToken(c, next) {
  const token = await readToken(c)
  let now = c.get('now')
  if (token.ok && c.req.raw.body) {
    // The whole body is read before the check: a caller may send it slowly, and the token may end meanwhile.
    await bytesOf(c)
    now = c.get('services').now()
  }
  const live = token.ok ? await lookUpAndCheck(c, token.value, now) : token
  if (!live.ok) return refused(c, live.error)
  c.set('token', live.value)
  return next()
})

/** Sends the route's look-up, if any, and then the check, in one request: a token that passes worked when the look-up ran. */
function lookUpAndCheck(
  c: Context<AppEnv>,
  token: AccessToken,
  now: number,
): Promise<Result<AccessToken, Refusal>> {
  if (belongsToSession(token) && !isExpired(token, now)) c.get('lookUp')?.(token)
  return requireLive(c.get('ports'), token, now)
}

/** After requireLiveToken: the token is a person's. */
export const requirePerson = createMiddleware<AppEnv>(async function requirePerson(c, next) {
  const person = requireSession(c.get('token'))
  return person.ok ? next() : refused(c, person.error)
})

/** After requireLiveToken: the token is an administrator's or a service's. */
export const requireOperator = createMiddleware<AppEnv>(async function requireOperator(c, next) {
  const operator = requireOperatorRole(c.get('token'))
  return operator.ok ? next() : refused(c, operator.error)
})

/** The person's token, behind requirePerson. */
export function personOf(c: Context<AppEnv>): SessionToken {
  const person = requireSession(c.get('token'))
  if (!person.ok) throw new TypeError('personOf needs requirePerson before it')
  return person.value
}

/** Who gives an order, behind requireOperator. */
export const operatorOf = (c: Context<AppEnv>): Operator => ({
  token: c.get('token'),
  origin: originOf(c),
  now: c.get('now'),
})
