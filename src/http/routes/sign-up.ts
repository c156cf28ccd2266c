/** POST /signup: makes an account and signs in with it. */

import type { Context } from 'hono'
import { signUpBody } from '../../contract/bodies.ts'
import { signUp } from '../../domain/sign-up.ts'
import { readClient } from '../client-credentials.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readBody } from '../input.ts'
import { refused } from '../problem.ts'
import { handOver } from '../refresh-cookie.ts'

export async function signUpRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, now } = c.var
  const client = await readClient(c, 'json')
  if (!client.ok) return refused(c, client.error)
  const body = await readBody(c, signUpBody)
  if (!body.ok) return refused(c, body.error)
  const input = { ...body.value, client: client.value.id }
  const result = await signUp(ports, services.rules, input, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  return handOver(c, result.value)
}
