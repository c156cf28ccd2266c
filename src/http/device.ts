/** Owns the reading of where a call comes from. Never trusts more than the edge itself sets. */

import Bowser from 'bowser'
import type { Context } from 'hono'
import type { Origin } from '../domain/session.ts'
import type { AppEnv } from './environment.ts'

/** Characters of a User-Agent that are looked at. */
const USER_AGENT_MAX = 512

/**
 * What is written down of a call. `CF-Connecting-IP` and `request.cf` are set by Cloudflare and cannot be sent in from
 * outside. Asked for by routes that change something: reading it costs more than most calls that only ask.
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
  // What Bowser does not know it takes from the text as it stands, so that is no name yet either.
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
