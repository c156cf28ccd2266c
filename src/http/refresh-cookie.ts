/** Owns the cookie that holds a browser's refresh token: who may use it, and how it is set, read and cleared. */

import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { refreshCookie, transportHeader, transports } from '../contract/cookies.ts'
import type { IssuedTokens } from '../domain/issue.ts'
import { type RefreshToken, seconds } from '../domain/token.ts'
import { tokenBody } from './answers.ts'
import type { AppEnv } from './environment.ts'
import { refused } from './problem.ts'
import type { InputRefusal } from './refusal-words.ts'

export const TRANSPORT_UNKNOWN: InputRefusal = {
  reason: 'input_invalid',
  sentence: `${transportHeader}: must be ${transports.join(' or ')}, or left out`,
  status: 400,
}

/** CORS: a page of a listed origin that chooses the cookie may send and be sent credentials; any other page may not. */
export const allowCookie = createMiddleware<AppEnv>(function allowCookie(c, next) {
  const asked = c.req
    .header('Access-Control-Request-Headers')
    ?.toLowerCase()
    .split(/[\s,]+/)
  const isChosen =
    c.req.header(transportHeader) !== undefined || asked?.includes(transportHeader.toLowerCase())
  if (isChosen && isListed(c)) c.header('Access-Control-Allow-Credentials', 'true')
  return next()
})

const isListed = (c: Context<AppEnv>): boolean =>
  c.get('services').corsOrigins.includes(c.req.header('Origin') ?? '')

/** Without the header the cookie is neither set nor looked at. With it, the caller must be a page of ours. */
export const chooseTransport = createMiddleware<AppEnv>(async function chooseTransport(c, next) {
  const asked = c.req.header(transportHeader)
  if (asked === undefined) return next()
  const transport = transports.find((one) => one === asked)
  if (!transport) return refused(c, TRANSPORT_UNKNOWN)
  if (!isOurPage(c)) return refused(c, { reason: 'cross_site' })
  c.set('transport', transport)
  return next()
})

/**
 * Browsers send Origin with every POST, and no page can forge it or Sec-Fetch-Site. So a call without Origin is refused. A call
 * without Sec-Fetch-Site, from an older browser, is judged by Origin alone. A listed origin on another site is refused too:
 * SameSite=Strict would never send the cookie from there, so none is set.
 */
function isOurPage(c: Context<AppEnv>): boolean {
  const origin = c.req.header('Origin') ?? ''
  const site = c.req.header('Sec-Fetch-Site')
  // Behind a proxy that ends TLS the request's own URL has another scheme than the page.
  const isOwn = [c.req.url, c.get('services').url].some((url) => new URL(url).origin === origin)
  const isOurs = isListed(c) || isOwn
  if (site === undefined || site === 'same-origin') return isOurs
  return site === 'same-site' && isListed(c)
}

/** The answer to a sign-up, sign-in or refresh: the refresh token in the body, or in the cookie and nowhere else. */
export function handOver(c: Context<AppEnv>, tokens: IssuedTokens): Response {
  const services = c.get('services')
  const transport = c.get('transport')
  const { refresh_token, ...rest } = tokenBody(tokens, services.audience)
  if (!transport) return c.json({ ...rest, refresh_token }, 200)
  const life = seconds(tokens.sessionEndsAt - c.get('now'))
  put(c, refresh_token, transport === 'cookie' ? life : undefined)
  return c.json(rest, 200)
}

/** The cookie's text as it came; null when there is none, or when the caller did not choose the cookie. */
export const cookieText = (c: Context<AppEnv>): string | null =>
  (c.get('transport') && getCookie(c, refreshCookie)) || null

/** Null unless one of our secrets signed it. */
export function cookieToken(c: Context<AppEnv>): RefreshToken | null {
  const text = cookieText(c)
  return text === null ? null : c.get('ports').refreshTokens.read(text)
}

export const clearCookie = (c: Context<AppEnv>): void => put(c, '', 0)

function put(c: Context<AppEnv>, value: string, maxAge: number | undefined): void {
  setCookie(c, refreshCookie, value, {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
    ...(maxAge === undefined ? {} : { maxAge }),
  })
}
