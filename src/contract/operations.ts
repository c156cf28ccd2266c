/**
 * Owns the list of every operation: where it is and who may ask for it. The app answers these and no others, and the
 * document describes them; never says what one does.
 */

import { paths } from './paths.ts'

export type Caller =
  | 'anyone'
  /** Anyone, or an OAuth client that says which one it is. */
  | 'client'
  /** An OAuth client with a secret. */
  | 'confidential_client'
  /** Whoever holds a token that we signed, whether it still works or not; a browser's may be in its cookie. */
  | 'holder'
  /** A person, by an access token that works. */
  | 'person'
  /** An administrator or a service, by an access token that works. */
  | 'operator'

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  caller: Caller
}

export const operations = {
  home: { method: 'GET', path: paths.home, caller: 'anyone' },
  health: { method: 'GET', path: paths.health, caller: 'anyone' },
  openApi: { method: 'GET', path: paths.openApi, caller: 'anyone' },
  jwks: { method: 'GET', path: paths.jwks, caller: 'anyone' },
  metadata: { method: 'GET', path: paths.metadata, caller: 'anyone' },
  statusList: { method: 'GET', path: paths.statusList, caller: 'anyone' },

  signUp: { method: 'POST', path: paths.signUp, caller: 'client' },
  token: { method: 'POST', path: paths.token, caller: 'client' },
  revoke: { method: 'POST', path: paths.revoke, caller: 'client' },
  introspect: { method: 'POST', path: paths.introspect, caller: 'confidential_client' },
  logout: { method: 'POST', path: paths.logout, caller: 'holder' },
  logoutAll: { method: 'POST', path: paths.logoutAll, caller: 'holder' },

  getUser: { method: 'GET', path: paths.user, caller: 'person' },
  changeUser: { method: 'PUT', path: paths.user, caller: 'person' },
  deleteUser: { method: 'DELETE', path: paths.user, caller: 'person' },
  listEvents: { method: 'GET', path: paths.userEvents, caller: 'person' },
  reauthenticate: { method: 'POST', path: paths.reauthenticate, caller: 'person' },
  listSessions: { method: 'GET', path: paths.sessions, caller: 'person' },
  endSession: { method: 'DELETE', path: paths.session, caller: 'person' },

  listUsers: { method: 'GET', path: paths.adminUsers, caller: 'operator' },
  createUser: { method: 'POST', path: paths.adminUsers, caller: 'operator' },
  getUserById: { method: 'GET', path: paths.adminUser, caller: 'operator' },
  changeUserById: { method: 'PUT', path: paths.adminUser, caller: 'operator' },
  deleteUserById: { method: 'DELETE', path: paths.adminUser, caller: 'operator' },
  listUserSessions: { method: 'GET', path: paths.adminUserSessions, caller: 'operator' },
  endUserSession: { method: 'DELETE', path: paths.adminUserSession, caller: 'operator' },
  endUserSessions: { method: 'POST', path: paths.adminUserLogout, caller: 'operator' },
  endEveryone: { method: 'POST', path: paths.adminLogout, caller: 'operator' },
  readAudit: { method: 'GET', path: paths.adminAudit, caller: 'operator' },
} as const satisfies Record<string, Operation>

export type OperationId = keyof typeof operations

const isOperationId = (name: string): name is OperationId => Object.hasOwn(operations, name)

/** Object.entries of a record by operation, with the ids typed. */
export const operationEntries = <Value>(
  each: Readonly<Record<OperationId, Value>>,
): [OperationId, Value][] =>
  Object.keys(each)
    .filter(isOperationId)
    .map((id) => [id, each[id]])
