/** POST /introspect (RFC 7662): an API asks whether a token works and whose it is. */

import type { Context } from 'hono'
import { presentedTokenBody } from '../../contract/bodies.ts'
import { requireConfidential } from '../../domain/client.ts'
import { introspect } from '../../domain/introspect.ts'
import { introspectionBody } from '../answers.ts'
import { readClient } from '../client-credentials.ts'
import type { AppEnv } from '../environment.ts'
import { readBody } from '../input.ts'
import { refused } from '../problem.ts'

/** Section 2.1: only a client that proves who it is may ask, or anybody could try out tokens here. */
export async function introspectRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const client = await readClient(c, 'form', requireConfidential)
  if (!client.ok) return refused(c, client.error)
  const body = await readBody(c, presentedTokenBody, 'form')
  if (!body.ok) return refused(c, body.error)
  const question = { text: body.value.token, caller: client.value }
  // The body may have come slowly, and the token may have expired meanwhile.
  const insight = await introspect(ports, services.rules, question, services.now())
  return c.json(introspectionBody(insight, services), 200)
}
