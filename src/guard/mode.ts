/** Owns what a mode is to the guard. Holds a type only. */

import type { AccessToken } from '../domain/token.ts'
import type { WaitUntil } from './published-cache.ts'

/** Whether a token whose signature and expiry were checked still works. Throws when that cannot be known. */
export type Mode = (token: AccessToken, now: number, waitUntil: WaitUntil) => Promise<boolean>
