/** Owns the form of this service's URL, audience and base path, and of its Redis's URL and token. Never calls one. */

import * as z from 'zod/mini'
import { issuerForms } from './domain/issuer.ts'
import { type Form, redisTokenForms, redisUrlForms } from './domain/store-access.ts'

/** A check that keeps later ones from running when it fails: their sentences would say the same in other words. */
const must = (holds: (text: string) => boolean, error: string) =>
  z.refine<string>(holds, { error, abort: true })

const inOrder = (forms: readonly Form[]) => forms.map(({ has, mistake }) => must(has, mistake))

export const issuerSetting = z
  .string('is missing: the URL at which this service is reached')
  .check(...inOrder(issuerForms))

export const audienceSetting = z
  .string()
  .check(
    must(
      (text) => text.trim() === text && text !== '',
      'must not be empty, or begin or end with a blank',
    ),
  )

/** A caller resolves segments of one or two dots, so they would never arrive here. */
export const basePathSetting = z
  .string()
  .check(z.regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/, "must look like '/auth/v1'"))

/** The URL of the endpoints. The issuer's path may end in the base path already; the host is not looked at for that. */
export const urlOf = (issuer: string, basePath: string): string =>
  new URL(issuer).pathname.endsWith(basePath) ? issuer : issuer + basePath

export const redisUrlSetting = z
  .string('is missing: the REST URL of the Redis database')
  .check(...inOrder(redisUrlForms))

export const redisTokenSetting = z
  .string('is missing: the REST token of the Redis database')
  .check(...inOrder(redisTokenForms))

export const originForm = z.refine<string>(
  isOrigin,
  "must be an origin as browsers send it, such as 'https://app.example.com': no slash at its end, no star",
)

/** No pattern either: an origin with a star in it would be accepted here and never match. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false
  const { origin, protocol, host } = new URL(text)
  // An app on a phone and a browser's extension have origins too, but `URL` knows only those of the web's own schemes.
  return (origin === 'null' && host ? `${protocol}//${host}` : origin) === text
}
