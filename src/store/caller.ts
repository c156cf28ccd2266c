/** Owns how a script is told whose token asks, so that it can refuse one that has ended since it was let in. */

import { type AccessToken, belongsToSession } from '../domain/token.ts'
import { keys } from './keys.ts'

/** ARGV 13 of every script with CALLER, see lua.ts: the user whose session it must be, or '' for a service token. */
export const callerArgument = (token: AccessToken): string =>
  belongsToSession(token) ? token.subject : ''

/** KEYS 1 to 4 of the same scripts: blacklist, session, token version of its user, and of the realm. */
export const callerKeys = (token: AccessToken): string[] => [
  keys.blacklist(token.id),
  keys.session(token.session ?? ''),
  keys.userVersion(callerArgument(token)),
  keys.realmVersion,
]
