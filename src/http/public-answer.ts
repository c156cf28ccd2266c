/** Owns the headers of what is the same for everyone and says nothing of anybody. Never what it is. */

import type { Context } from 'hono'
import { PUBLIC_MAX_AGE } from '../domain/policy.ts'
import type { AppEnv } from './environment.ts'

/** Anyone may keep the answer for a while, and anyone's script may read it. */
export function openToAll(c: Context<AppEnv>): void {
  c.header('Cache-Control', `public, max-age=${PUBLIC_MAX_AGE}`)
  c.header('Access-Control-Allow-Origin', '*')
}
