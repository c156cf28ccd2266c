/** Owns the peer written from the description of the documented sample: Express, jsonwebtoken, refresh tokens found by KEYS. */

import express, { type NextFunction, type Request, type Response } from 'express'
import { Redis } from 'ioredis'
import jwt from 'jsonwebtoken'

const [port = '', redisPort = '', secret = ''] = process.argv.slice(2)
const redis = new Redis(Number(redisPort), '127.0.0.1', { db: 1 })

interface Claims {
  sub: string
  jti: string
  exp: number
}

const textOf = (request: Request): string =>
  (request.get('authorization') ?? '').slice('Bearer '.length)

function verified(request: Request, response: Response, next: NextFunction): void {
  try {
    response.locals.claims = jwt.verify(textOf(request), secret, { algorithms: ['HS256'] })
    next()
  } catch {
    response.status(401).json({ code: 401, msg: 'Invalid token' })
  }
}

async function notBlacklisted(_: Request, response: Response, next: NextFunction): Promise<void> {
  const { jti } = response.locals.claims as Claims
  if (await redis.get(`blacklist:${jti}`)) {
    response.status(401).json({ code: 401, msg: 'Token has been invalidated' })
    return
  }
  next()
}

async function dropRefreshTokens(user: string): Promise<void> {
  const found = await redis.keys(`refresh_token:${user}:*`)
  if (found.length > 0) await redis.del(...found)
}

const done = (message: string) => ({ message, timestamp: new Date().toISOString() })

express()
  .get('/user', verified, notBlacklisted, (_, response) => {
    response.json({ id: (response.locals.claims as Claims).sub })
  })
  .post('/logout', verified, async (_, response) => {
    const { sub, jti, exp } = response.locals.claims as Claims
    await dropRefreshTokens(sub)
    const left = exp - Math.floor(Date.now() / 1000)
    if (left > 0) await redis.setex(`blacklist:${jti}`, left, 'true')
    await redis.del(`reauth:${sub}`)
    console.log(`logout of ${sub} at ${new Date().toISOString()}`)
    response.json(done('Logout successful'))
  })
  .post('/logout/all', verified, async (_, response) => {
    const { sub } = response.locals.claims as Claims
    await dropRefreshTokens(sub)
    await redis.incr(`user_token_version:${sub}`)
    await redis.del(`reauth:${sub}`)
    response.json(done('Logged out from all devices'))
  })
  .listen(Number(port), '127.0.0.1')
