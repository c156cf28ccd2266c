/** POST /revoke (RFC 7009): a client gives up a token. Answered when Redis has confirmed, or it is no success. */

import type { Context } from 'hono'
import { presentedTokenBody } from '../../contract/bodies.ts'
import { revoke } from '../../domain/revoke.ts'
import { readClient } from '../client-credentials.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readBody } from '../input.ts'
import { refused } from '../problem.ts'

/** Section 2.1: the client first, then the token. */
export async function revokeRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now } = c.var
  const client = await readClient(c, 'form')
  if (!client.ok) return refused(c, client.error)
  const body = await readBody(c, presentedTokenBody, 'form')
  if (!body.ok) return refused(c, body.error)
  const caller = { client: client.value, origin: originOf(c), now }
  const result = await revoke(ports, body.value.token, caller)
  // Section 2.2: the status says all; clients read no body.
  return result.ok ? c.json({}, 200) : refused(c, result.error)
}
