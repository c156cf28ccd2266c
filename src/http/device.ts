/** Owns the reading of where a call comes from. Never takes an address or a place from the caller: the edge sets them. */

import Bowser from 'bowser'
import type { Context } from 'hono'
import type { Origin } from '../domain/origin.ts'
import type { AppEnv } from './environment.ts'

/** Characters of a User-Agent that are looked at. */
const USER_AGENT_MAX = 512

/**
 * What the logs keep of a call's origin. Cloudflare sets `CF-Connecting-IP` and `request.cf`; nobody can send them in from
 * outside. Only routes that change something call this: it costs more than most calls that only read.
 */
export const originOf = (c: Context<AppEnv>): Origin => ({
  ip: c.req.header('CF-Connecting-IP') ?? 'unknown',
  place: placeOf(c.req.raw),
  device: deviceName(c.req.header('User-Agent') ?? ''),
  requestId: c.get('callId'),
})

/** Such as 'Firefox on Windows': what a person recognises. No versions, which only age. */
export function deviceName(userAgent: string): string {
  if (userAgent === '') return 'Unknown device'
  const { browser, os } = Bowser.parse(userAgent.slice(0, USER_AGENT_MAX))
  // For a browser that it does not know, Bowser gives raw text of the User-Agent, so nameIn must check that too.
  const name = nameIn(browser.name)
  if (name && os.name) return `${name} on ${os.name}`
  // Programs call themselves 'curl/8.1' or 'okhttp/4.9': the first word is their name.
  return name ?? os.name ?? nameIn(userAgent.split(' ')[0]) ?? 'Unknown device'
}

/** The beginning of a text as far as it can be a name: never an email address, markup or a whole token. */
const nameIn = (text: string | undefined): string | undefined =>
  text?.match(/^[A-Za-z][\w. -]{0,39}/)?.[0].trimEnd()

function placeOf(request: Request): string {
  const cf: unknown = 'cf' in request ? request.cf : undefined
  if (typeof cf !== 'object' || cf === null) return ''
  const read = (field: 'city' | 'country'): string => {
    const value: unknown = Reflect.get(cf, field)
    return typeof value === 'string' ? value.slice(0, 80) : ''
  }
  return [read('city'), read('country')].filter((part) => part !== '').join(', ')
}
