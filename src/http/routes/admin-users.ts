/** /admin/users: operators list, find, make, change and delete accounts. */

import type { Context } from 'hono'
import type { UsersBody } from '../../contract/answers.ts'
import {
  adminChangeUserBody,
  adminDeleteUserBody,
  createUserBody,
  listUsersQuery,
  userId,
} from '../../contract/bodies.ts'
import { headers } from '../../contract/headers.ts'
import { type Account, spellEmail } from '../../domain/account.ts'
import { changeUserById, createUser, deleteUserById } from '../../domain/administer-accounts.ts'
import type { Ports } from '../../domain/ports.ts'
import { userBody } from '../answers.ts'
import { operatorOf } from '../authenticate.ts'
import type { AppEnv } from '../environment.ts'
import { readBody, readOptionalBody, readParameter, readQuery } from '../input.ts'
import { refused } from '../problem.ts'

export async function listUsersRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const query = readQuery(c, listUsersQuery)
  if (!query.ok) return refused(c, query.error)
  const { page, per_page: perPage, filter } = query.value
  const found = await findAccounts(ports, filter?.trim() ?? '', { page, perPage })
  const last = Math.max(1, Math.ceil(found.total / perPage))
  c.header(headers.totalCount, String(found.total))
  c.header(headers.link, pageLinks(c.req.url, page, perPage, last))
  const users = found.accounts.map((account) => userBody(account, services.audience))
  const body = { users, aud: services.audience, total: found.total }
  return c.json(body satisfies UsersBody, 200)
}

/** All accounts for '', the one account for an id, or else those whose email address begins with the text. */
async function findAccounts(
  { accounts }: Pick<Ports, 'accounts'>,
  text: string,
  at: { page: number; perPage: number },
): Promise<{ accounts: Account[]; total: number }> {
  if (text === '') return accounts.list(at)
  if (!userId.safeParse(text).success) return accounts.search(spellEmail(text), at)
  const account = await accounts.byId(text)
  if (!account) return { accounts: [], total: 0 }
  return { accounts: at.page === 1 ? [account] : [], total: 1 }
}

/** RFC 8288. auth-js reads the number behind the first `=`, so `page` comes first. */
function pageLinks(url: string, page: number, perPage: number, last: number): string {
  const link = (number: number, rel: string) => {
    const target = new URL(url)
    const filter = target.searchParams.get('filter')
    target.search = `?page=${number}&per_page=${perPage}`
    if (filter) target.searchParams.set('filter', filter)
    return `<${target.href}>; rel="${rel}"`
  }
  return [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')].join(', ')
}

export async function createUserRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const body = await readBody(c, createUserBody)
  if (!body.ok) return refused(c, body.error)
  const result = await createUser(ports, services.rules, body.value, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  return c.json(userBody(result.value, services.audience), 200)
}

export async function getUserByIdRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const account = await ports.accounts.byId(id.value)
  if (!account) return refused(c, { reason: 'user_unknown' })
  return c.json(userBody(account, services.audience), 200)
}

export async function changeUserByIdRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const body = await readBody(c, adminChangeUserBody)
  if (!body.ok) return refused(c, body.error)
  const input = { id: id.value, orders: body.value }
  const result = await changeUserById(ports, services.rules, input, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  return c.json(userBody(result.value, services.audience), 200)
}

export async function deleteUserByIdRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, services } = c.var
  const id = readParameter(c, 'id', userId)
  if (!id.ok) return refused(c, id.error)
  const body = await readOptionalBody(c, adminDeleteUserBody)
  if (!body.ok) return refused(c, body.error)
  const result = await deleteUserById(ports, id.value, operatorOf(c))
  if (!result.ok) return refused(c, result.error)
  return c.json(userBody(result.value, services.audience), 200)
}
