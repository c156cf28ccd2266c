/** Owns the members of a user's set of sessions: '<sid> <status list> <place>', all that an ending's keys are made of. */

import type { SessionMember } from '../domain/session-port.ts'
import { required, whole } from './answers.ts'
import { keys } from './keys.ts'

/** A member's keys, three by three, as the scripts expect them. */
export function memberKeys(members: readonly SessionMember[]): string[] {
  const named: string[] = []
  for (const { id, status } of members)
    named.push(keys.session(id), keys.sessionDetail(id), keys.statusList(status.list))
  return named
}

export const memberText = ({ id, status }: SessionMember): string =>
  `${id} ${status.list} ${status.index}`

export function readMember(text: string): SessionMember {
  const [id, list, index] = text.split(' ')
  return { id: required(id), status: { list: required(list), index: whole(index) } }
}
