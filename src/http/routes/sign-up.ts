/** POST /signup: makes an account and signs in with it. */

import type { Context } from 'hono'
import { signUpBody } from '../../contract/bodies.ts'
import { signUp } from '../../domain/sign-up.ts'
import type { AppEnv } from '../environment.ts'
import { readBody } from '../input.ts'
import { refused } from '../problem.ts'
import { handOver } from '../refresh-cookie.ts'

export async function signUpRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, origin, now } = c.var
  const body = await readBody(c, signUpBody)
  if (!body.ok) return refused(c, body.error)
  const result = await signUp(ports, services.rules, body.value, origin, now)
  if (!result.ok) return refused(c, result.error)
  return handOver(c, result.value)
}
