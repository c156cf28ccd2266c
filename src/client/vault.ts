/** Owns where tokens rest, and the mark by which tabs that share a session know whether there is one. */

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

/** `sessionId` null: nobody is signed in, and why. */
export interface Mark {
  sessionId: string | null
  expiresAt?: number
  because?: EndedBecause | null
}

export interface Vault {
  /** Tabs share one session: it rests in a cookie or in localStorage. */
  isShared: boolean
  read(): Held | null
  write(held: Held): void
  clear(because: EndedBecause | null): void
  /** Null when nobody was ever here, or when tabs do not share. */
  mark(): Mark | null
}

export const MARK = 'mark'
const TOKENS = 'tokens'

export function createVault(
  { cookie, storage, prefix }: Settings,
  page: Page | null,
  local: Cupboard,
): Vault {
  const isShared = cookie || storage === 'local'
  // With cookies, and with memory, what is held rests in this page's memory only.
  const tokens = openCupboard(cookie || storage === 'memory' ? null : page?.[storage], prefix)
  const setMark = (mark: Mark) => isShared && local.set(MARK, mark)
  return {
    isShared,
    read: () => tokens.get<Held>(TOKENS),
    write(held) {
      tokens.set(TOKENS, held)
      setMark({ sessionId: held.sessionId, expiresAt: held.expiresAt })
    },
    clear(because) {
      tokens.remove(TOKENS)
      setMark({ sessionId: null, because })
    },
    mark: () => (isShared ? local.get<Mark>(MARK) : null),
  }
}
