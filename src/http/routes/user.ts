/** GET, PUT and DELETE /user, and /reauthenticate: one's own account. */

import type { Context } from 'hono'
import { changeUserBody, deleteUserBody, passwordBody } from '../../contract/bodies.ts'
import { changeAccount } from '../../domain/change-account.ts'
import { deleteAccount } from '../../domain/delete-account.ts'
import { reauthenticate } from '../../domain/reauthenticate.ts'
import { reauthenticationBody, userBody } from '../answers.ts'
import { personOf } from '../authenticate.ts'
import { originOf } from '../device.ts'
import type { AppEnv } from '../environment.ts'
import { readBody, readOptionalBody } from '../input.ts'
import { lookAhead } from '../look-ahead.ts'
import { refused } from '../problem.ts'

export const ownAccount = lookAhead(({ accounts }, { subject }) => accounts.byId(subject))

export async function getUserRoute(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var
  const account = await ownAccount.found(c)
  if (!account) return refused(c, { reason: 'token_revoked' })
  return c.json(userBody(account, services.audience), 200)
}

export async function changeUserRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, now } = c.var
  const body = await readBody(c, changeUserBody)
  if (!body.ok) return refused(c, body.error)
  const input = { token: personOf(c), wishes: body.value }
  const result = await changeAccount(ports, services.rules, input, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  return c.json(userBody(result.value, services.audience), 200)
}

export async function deleteUserRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, now } = c.var
  const body = await readOptionalBody(c, deleteUserBody)
  if (!body.ok) return refused(c, body.error)
  const input = { token: personOf(c), password: body.value.current_password }
  const result = await deleteAccount(ports, services.rules, input, originOf(c), now)
  return result.ok ? c.json({}, 200) : refused(c, result.error)
}

export async function reauthenticateRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services, now } = c.var
  const body = await readBody(c, passwordBody)
  if (!body.ok) return refused(c, body.error)
  const input = { token: personOf(c), password: body.value.password }
  const result = await reauthenticate(ports, input, originOf(c), now)
  if (!result.ok) return refused(c, result.error)
  return c.json(reauthenticationBody(result.value, services.rules.reauthentication), 200)
}
