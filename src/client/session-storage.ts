/** Owns where a session is stored in the browser, and in which form. Never says whether it still lives. */

import type { UserBody } from '../contract/answers.ts'
import type { Page } from './page.ts'
import type { Settings } from './settings.ts'
import { type KeyValueStorage, openStorage } from './storage.ts'
import type { EndedBecause } from './types.ts'

/** A session as this browser holds it, with the names of AuthState. */
export interface SessionData {
  user: UserBody
  accessToken: string
  /** Null with cookies. */
  refreshToken: string | null
  sessionId: string
  /** Epoch seconds, by this browser's clock. */
  expiresAt: number
}

/** With cookies: only which session it is, and when its access token expires. After its end: only why, and `left`. */
export type StoredSession = Partial<SessionData> & {
  because?: EndedBecause | null
  /** A cookie may be there though nothing else here says so: after `clearTokens`, or a sign-in whose answer was lost. */
  left?: boolean | undefined
}

/** Whether all of a session is there. Anything may lie in a browser's storage. */
export const isWhole = (record: StoredSession | null): record is SessionData =>
  !!(record?.user?.id && record.accessToken && record.sessionId && record.expiresAt)

export interface SessionStorage {
  /** Of the record. Each transport has its own: clients of both in one origin have a session each. */
  name: string
  /** Tabs share one session: it is in a cookie or in localStorage. */
  isShared: boolean
  /** Null when nobody was ever here, or the storage was emptied. */
  read(): StoredSession | null
  write(record: StoredSession): void
  /** The session that the cookie is of, as far as the storage says; also for a client of the other transport. */
  cookieOf(): string | undefined
}

export function openSessionStorage(
  { cookie, storage, prefix }: Settings,
  page: Page | null,
  local: KeyValueStorage,
): SessionStorage {
  const name = `session:${cookie ? 'cookie' : 'bearer'}`
  const isShared = cookie || storage === 'local'
  const its = isShared
    ? local
    : openStorage(() => (storage === 'session' ? page?.sessionStorage : null), prefix)
  return {
    name,
    isShared,
    read: () => its.get(name),
    write: ({ sessionId, expiresAt, because, left, ...secrets }) =>
      its.set(name, { sessionId, expiresAt, because, left, ...(cookie ? {} : secrets) }),
    cookieOf: () => local.get<StoredSession>('session:cookie')?.sessionId,
  }
}
