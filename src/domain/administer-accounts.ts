/** Owns what operators do to accounts. Never checks that the caller is an operator: http/ did. */

import type { AuditAction } from '../contract/audit-actions.ts'
import type { AdminChangeUserBody, CreateUserBody } from '../contract/bodies.ts'
import {
  type Account,
  bannedUntil,
  blankAccount,
  isBanned,
  isReservedRole,
  mergeMetadata,
  metadataRefusal,
  normaliseEmail,
} from './account.ts'
import type { AccountEnding } from './account-port.ts'
import { adminEvent, type Operator, UNDONE } from './operator.ts'
import { passwordRefusal } from './password.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { hashingOnce, retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'

/** What an operator wants of an account, new or not. */
type AccountOrders = CreateUserBody | AdminChangeUserBody

type AdminPorts = Pick<Ports, 'accounts' | 'sessions' | 'passwords' | 'newId'>

export async function createUser(
  ports: AdminPorts,
  rules: Rules,
  orders: CreateUserBody,
  operator: Operator,
): Promise<Result<Account, Refusal>> {
  const blank = blankAccount(orders.id ?? ports.newId(), orders.email, operator.now)
  const account = await applyOrders(ports, rules, blank, orders, operator.now)
  if (!account.ok) return account
  const event = {
    ...adminEvent('user_created', account.value.id, operator),
    detail: changesOf(blank, account.value, orders),
  }
  const outcome = await ports.accounts.create(account.value, operator.token, event)
  if (outcome !== 'created') return refuse({ reason: UNDONE[outcome] })
  return account
}

/** A new password, email or role, or a ban, ends every session of the user: old tokens would still say the old thing. */
export async function changeUserById(
  ports: AdminPorts,
  rules: Rules,
  { id, orders }: { id: string; orders: AdminChangeUserBody },
  operator: Operator,
): Promise<Result<Account, Refusal>> {
  const hashing = { ...ports, passwords: hashingOnce(ports.passwords) }
  return retryWhenOvertaken(async () => {
    const [present, members] = await Promise.all([
      ports.accounts.byId(id),
      ports.sessions.members(id),
    ])
    if (!present) return refuse({ reason: 'user_unknown' })
    const next = await applyOrders(hashing, rules, present, orders, operator.now)
    if (!next.ok) return next
    const { value } = next
    const banned = isBanned(value, operator.now)
    const ends =
      banned ||
      orders.password !== undefined ||
      value.email !== present.email ||
      value.role !== present.role
    const action: AuditAction =
      banned && !isBanned(present, operator.now)
        ? 'user_banned'
        : orders.password !== undefined
          ? 'user_updated_password'
          : value.email !== present.email
            ? 'user_updated_email'
            : 'user_modified'
    const restsOn = {
      metadata: orders.user_metadata !== undefined || orders.app_metadata !== undefined,
      password: false,
    }
    const ending: AccountEnding = ends ? { kind: 'all', members } : { kind: 'none' }
    const detail = `${changesOf(present, value, orders)}; ends ${ending.kind}`
    const event = { ...adminEvent(action, id, operator), detail }
    const outcome = await ports.accounts.change(
      { present, next: value, restsOn, caller: operator.token, ending },
      event,
    )
    if (outcome !== 'changed') return refuse({ reason: UNDONE[outcome] })
    return ok(value)
  })
}

export async function deleteUserById(
  { accounts, sessions }: AdminPorts,
  id: string,
  operator: Operator,
): Promise<Result<Account, Refusal>> {
  return retryWhenOvertaken(async () => {
    const [account, members] = await Promise.all([accounts.byId(id), sessions.members(id)])
    if (!account) return refuse({ reason: 'user_unknown' })
    const event = adminEvent('user_deleted', id, operator)
    const outcome = await accounts.remove(
      { present: account, members, caller: operator.token, restsOn: { password: false } },
      event,
    )
    if (outcome !== 'removed') return refuse({ reason: UNDONE[outcome] })
    return ok(account)
  })
}

async function applyOrders(
  { passwords }: AdminPorts,
  rules: Rules,
  account: Account,
  orders: AccountOrders,
  now: number,
): Promise<Result<Account, Refusal>> {
  // The address that an account has already is not judged anew: a later rule must not keep anybody from being banned.
  const email = orders.email === undefined ? account.email : normaliseEmail(orders.email)
  if (email === null) return refuse({ reason: 'email_invalid' })
  if (orders.role !== undefined && isReservedRole(orders.role))
    return refuse({ reason: 'role_reserved' })
  if (orders.password !== undefined) {
    const weak = passwordRefusal(orders.password, rules.password, { email })
    if (weak) return refuse(weak)
  }
  const next: Account = {
    ...account,
    email,
    passwordHash:
      orders.password === undefined
        ? account.passwordHash
        : await passwords.hash(orders.password, now),
    role: orders.role ?? account.role,
    confirmedAt: orders.email_confirm ? (account.confirmedAt ?? now) : account.confirmedAt,
    bannedUntil:
      orders.ban_duration === undefined
        ? account.bannedUntil
        : bannedUntil(orders.ban_duration, now),
    userMetadata: mergeMetadata(account.userMetadata, orders.user_metadata),
    appMetadata: mergeMetadata(account.appMetadata, orders.app_metadata),
    updatedAt: now,
  }
  const tooLarge = metadataRefusal(next)
  return tooLarge ? refuse(tooLarge) : ok(next)
}

/**
 * The changes in words, for the log: a role and a ban with their values, which the contract keeps to plain words; of everything
 * else only the name.
 */
function changesOf(before: Account, after: Account, orders: AccountOrders): string {
  const changes = [
    after.role !== before.role && `role=${after.role}`,
    after.bannedUntil !== before.bannedUntil && `ban=${orders.ban_duration}`,
    after.email !== before.email && 'email',
    after.confirmedAt !== before.confirmedAt && 'email_confirm',
    orders.password !== undefined && 'password',
    orders.user_metadata !== undefined && 'user_metadata',
    orders.app_metadata !== undefined && 'app_metadata',
  ]
  return changes.filter((change) => change !== false).join(' ') || 'nothing'
}
