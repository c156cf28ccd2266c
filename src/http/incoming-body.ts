/** Owns the reading of a body's bytes: how many there may be, and which error it is when they break off. Never parses them. */

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

/** The body's bytes. Hono keeps them, so this may be called again. Throws BrokenBody. */
export async function bytesOf(c: Context<AppEnv>): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer()
  } catch {
    throw new BrokenBody()
  }
}
