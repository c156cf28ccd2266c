/** Owns accounts in Redis: look-ups, the operator's lists, and the changes that scripts make. Decides nothing. */

import type { Account } from '../domain/account.ts'
import type { Accounts } from '../domain/account-port.ts'
import type { Digests } from '../domain/ports.ts'
import { allFields, changedFields, readAccount } from './account-record.ts'
import { changeAccount, createAccount, removeAccount } from './account-scripts.ts'
import { hashes, outcome, texts, values, whole } from './answers.ts'
import { callerArgument, callerKeys } from './caller.ts'
import { keys } from './keys.ts'
import { auditArguments } from './lua.ts'
import { memberKeys, memberText } from './members.ts'
import { readHashes, readLexical, readTop, readValues } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'

/** The password hash that a change rests on; '' when it rests on none, or the account has none. */
const restingHash = ({ passwordHash }: Account, restsOn: { password: boolean }): string =>
  (restsOn.password && passwordHash) || ''

/** Accounts in one answer of Redis: with all the metadata that they may have, some 3 MB, which come within its time limit. */
const AT_ONCE = 100

/** Sorts after every character that an address may hold, and is still valid UTF-8. */
const LAST = '\u{10FFFF}'

export function createAccounts({
  redis,
  digests,
}: {
  redis: RedisDoor
  digests: Digests
}): Accounts {
  const emailKey = (address: string) => keys.email(digests.sha256(address))

  const byIds = async (ids: readonly string[]): Promise<Account[]> => {
    const accounts: Account[] = []
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE)
      const found = hashes(await redis.run(readHashes, some.map(keys.user)), some.length)
      // One that was deleted since its id was read is simply not there any more.
      accounts.push(...found.flatMap((fields) => readAccount(fields) ?? []))
    }
    return accounts
  }

  return {
    async idOf(email) {
      const [id] = values(await redis.run(readValues, [emailKey(email)]), 1)
      return id ?? null
    },

    async byId(id) {
      const [account] = await byIds([id])
      return account ?? null
    },

    async list({ page, perPage }) {
      const first = (page - 1) * perPage
      const [total, ...ids] = texts(
        await redis.run(readTop, [keys.users], [String(first), String(first + perPage - 1)]),
      )
      return { total: whole(total), accounts: await byIds(ids) }
    },

    async search(prefix, { page, perPage }) {
      const [total, ...members] = texts(
        await redis.run(
          readLexical,
          [keys.emails],
          [`[${prefix}`, `[${prefix}${LAST}`, String((page - 1) * perPage), String(perPage)],
        ),
      )
      const ids = members.map((member) => member.slice(member.lastIndexOf(' ') + 1))
      return { total: whole(total), accounts: await byIds(ids) }
    },

    create: async (account, caller, event) =>
      outcome(
        await redis.run(
          createAccount,
          [
            ...callerKeys(caller),
            keys.user(account.id),
            emailKey(account.email),
            keys.users,
            keys.emails,
            keys.userAudit(account.id),
            keys.realmAudit,
          ],
          [
            ...auditArguments(event),
            callerArgument(caller),
            account.id,
            account.email,
            ...allFields(account),
          ],
        ),
        ['created', 'taken', 'revoked'],
      ),

    async change({ present, next, restsOn, caller, ending }, event) {
      const members = ending.kind === 'none' ? [] : ending.members
      const fields = changedFields(present, next)
      return outcome(
        await redis.run(
          changeAccount,
          [
            ...callerKeys(caller),
            keys.user(present.id),
            emailKey(present.email),
            emailKey(next.email),
            keys.emails,
            keys.userVersion(present.id),
            keys.sessions(present.id),
            keys.userAudit(present.id),
            ...memberKeys(members),
            keys.closing(present.id),
            keys.realmAudit,
          ],
          [
            ...auditArguments(event),
            callerArgument(caller),
            present.id,
            restsOn.metadata ? present.revision : '',
            present.email,
            next.email,
            ending.kind,
            restingHash(present, restsOn),
            String(fields.length),
            ...fields,
            ...members.map(memberText),
          ],
        ),
        ['changed', 'taken', 'gone', 'revoked', 'unlisted', 'overtaken'],
      )
    },

    remove: async ({ present, members, caller, restsOn }, event) =>
      outcome(
        await redis.run(
          removeAccount,
          [
            ...callerKeys(caller),
            keys.user(present.id),
            emailKey(present.email),
            keys.users,
            keys.emails,
            keys.userVersion(present.id),
            keys.sessions(present.id),
            keys.userAudit(present.id),
            ...memberKeys(members),
            keys.closing(present.id),
            keys.realmAudit,
          ],
          [
            ...auditArguments(event),
            callerArgument(caller),
            present.id,
            present.email,
            restingHash(present, restsOn),
            ...members.map(memberText),
          ],
        ),
        ['removed', 'gone', 'revoked', 'overtaken'],
      ),
  }
}
