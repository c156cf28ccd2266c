/** POST /token: the password grant and the refresh grant (RFC 6749 sections 4.3 and 6), as JSON or as a form. */

import type { Context } from 'hono'
import {
  grantTypeBody,
  grantTypeQuery,
  optionalRefreshGrantBody,
  passwordGrantBody,
  refreshGrantBody,
} from '../../contract/bodies.ts'
import { refresh } from '../../domain/refresh.ts'
import { signIn } from '../../domain/sign-in.ts'
import { readClient } from '../client-credentials.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readBody, readQuery } from '../input.ts'
import { refused } from '../problem.ts'
import { clearCookie, cookieText, handOver } from '../refresh-cookie.ts'

export async function tokenRoute(c: Context<AppEnv>): Promise<Response> {
  const grantType = await readGrantType(c)
  switch (grantType) {
    case 'password':
      return passwordGrant(c)
    case 'refresh_token':
      return refreshGrant(c)
    default:
      return typeof grantType === 'string'
        ? refused(c, { reason: 'grant_type_unsupported' })
        : grantType
  }
}

/** auth-js sends the grant type in the query, the documented API and OAuth in the body. */
async function readGrantType(c: Context<AppEnv>): Promise<string | Response> {
  const query = readQuery(c, grantTypeQuery)
  if (!query.ok) return refused(c, query.error)
  if (query.value.grant_type !== undefined) return query.value.grant_type
  const body = await readBody(c, grantTypeBody, 'json-or-form')
  return body.ok ? body.value.grant_type : refused(c, body.error)
}

async function passwordGrant(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, now } = c.var
  c.set('faultRoute', 'signIn')
  const client = await readClient(c, 'json-or-form')
  if (!client.ok) return refused(c, client.error)
  const body = await readBody(c, passwordGrantBody, 'json-or-form')
  if (!body.ok) return refused(c, body.error)
  const { email, username, password } = body.value
  const input = { email: email ?? username ?? '', password, client: client.value.id }
  const result = await signIn(ports, services.rules, input, originOf(c), now)
  return result.ok ? handOver(c, result.value) : refused(c, result.error)
}

/** The body's token, or without one the cookie's. A cookie that is refused for good is cleared, unless it is another client's. */
async function refreshGrant(c: Context<AppEnv>): Promise<Response> {
  c.set('faultRoute', 'refresh')
  const client = await readClient(c, 'json-or-form')
  if (!client.ok) return refused(c, client.error)
  const cookie = cookieText(c)
  const schema = c.get('transport') ? optionalRefreshGrantBody : refreshGrantBody
  const body = await readBody(c, schema, 'json-or-form')
  if (!body.ok) return refused(c, body.error)
  const text = body.value.refresh_token ?? cookie ?? ''
  const asked = { text, client: client.value.id }
  const result = await refresh(c.get('ports'), asked, originOf(c), c.get('now'))
  if (result.ok) return handOver(c, result.value)
  const isStillGood = ['rate_limited', 'refresh_token_foreign'].includes(result.error.reason)
  if (text === cookie && !isStillGood) clearCookie(c)
  return refused(c, result.error)
}
