/** Owns where a session rests in the browser, and in which words. Never says whether it still lives. */

import type { UserBody } from '../contract/answers.ts'
import { type Cupboard, openCupboard } from './cupboard.ts'
import type { Page } from './page.ts'
import type { Settings } from './settings.ts'
import type { EndedBecause } from './types.ts'

/** A session as this browser holds it, in the words of the state. */
export interface Held {
  user: UserBody
  accessToken: string
  /** Null with cookies. */
  refreshToken: string | null
  sessionId: string
  /** Epoch seconds, by this browser's clock. */
  expiresAt: number
}

/** Of a session whose tokens rest in a cookie, only which one it is; of one that has ended, only why. */
export type Trace = Partial<Held> & { because?: EndedBecause | null }

export interface Rest {
  /** Tabs share one session: it rests in a cookie or in localStorage. */
  isShared: boolean
  /** Null when nobody was ever here. */
  look(): Trace | null
  write(trace: Trace): void
}

export function openRest(
  { cookie, storage, prefix }: Settings,
  page: Page | null,
  local: Cupboard,
): Rest {
  // Clients of both transports in one origin have a session each.
  const name = `session:${cookie ? 'cookie' : 'bearer'}`
  const isShared = cookie || storage === 'local'
  const its = isShared
    ? local
    : openCupboard(() => (storage === 'session' ? page?.sessionStorage : null), prefix)
  return {
    isShared,
    look: () => its.get(name),
    write: ({ sessionId, expiresAt, because, ...secrets }) =>
      its.set(name, { sessionId, expiresAt, because, ...(cookie ? {} : secrets) }),
  }
}
