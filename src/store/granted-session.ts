/** Owns the reading of the session that a script has opened or rotated. Must fit what GRANT in lua.ts returns. */

import type { GrantedSession } from '../domain/session-port.ts'
import { readAccount } from './account-record.ts'
import { required, whole } from './answers.ts'

export function readGrant(id: string, answer: readonly string[]): GrantedSession {
  const [, version, endsAt, generation, absoluteEnd, authenticatedAt, ...rest] = answer
  const [client, list, index, ...account] = rest
  return {
    id,
    version: required(version),
    generation: whole(generation),
    endsAt: whole(endsAt),
    absoluteEnd: whole(absoluteEnd),
    authenticatedAt: whole(authenticatedAt),
    client: required(client),
    status: { list: required(list), index: whole(index) },
    account: required(readAccount(account)),
  }
}
