/** Owns the taking in of a body's bytes: how many there may be, and what it is when they break off. Reads no meaning in them. */

import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { BODY_LIMIT } from '../domain/policy.ts'
import type { AppEnv } from './environment.ts'
import { BrokenBody, refused } from './problem.ts'

const limit = bodyLimit({
  maxSize: BODY_LIMIT,
  onError: (c) => refused(c, { reason: 'body_too_large', bytes: BODY_LIMIT }),
})

/** A body of unknown length is read here already, to be counted. */
export const limitBody = createMiddleware<AppEnv>(async function limitBody(c, next) {
  let isLetIn = false
  try {
    return await limit(c, () => {
      isLetIn = true
      return next()
    })
  } catch (error) {
    throw isLetIn ? error : new BrokenBody()
  }
})

/** Kept by Hono, so that it may be asked for again. Throws BrokenBody. */
export async function bytesOf(c: Context<AppEnv>): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer()
  } catch {
    throw new BrokenBody()
  }
}
