/** Owns the form of the settings that are addresses, of this service and of its Redis, and of what opens that. Calls none. */

import * as z from 'zod/mini'
import { type Form, isHttpUrl, redisTokenForms, redisUrlForms } from './domain/store-access.ts'

/** Stops at its first mistake: the next sentence would say the same in other words. */
const must = (holds: (text: string) => boolean, error: string) =>
  z.refine<string>(holds, { error, abort: true })

/** What stands in every token as `iss`, to be compared letter by letter: nothing that a URL's reader would drop or hide. */
export const issuerSetting = z.string('is missing: the URL at which this service is reached').check(
  must(isHttpUrl, 'must be an http(s) URL'),
  must(
    (text) => !/[@\\\s\p{C}]/u.test(text),
    'must have no user, backslash, blank or line break in it',
  ),
  must((text) => !/[?#]|\/$/.test(text), 'must have no query, fragment or slash at its end'),
)

export const audienceSetting = z
  .string()
  .check(
    must(
      (text) => text.trim() === text && text !== '',
      'must not be empty, or begin or end with a blank',
    ),
  )

/** A segment of dots would be resolved by whoever calls, and never arrive. */
export const basePathSetting = z
  .string()
  .check(z.regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/, "must look like '/auth/v1'"))

/** The issuer may end in the base path already. Its host never counts as that. */
export const urlOf = (issuer: string, basePath: string): string =>
  new URL(issuer).pathname.endsWith(basePath) ? issuer : issuer + basePath

const inOrder = (forms: readonly Form[]) => forms.map(({ has, mistake }) => must(has, mistake))

export const redisUrlSetting = z
  .string('is missing: the REST URL of the Redis database')
  .check(...inOrder(redisUrlForms))

export const redisTokenSetting = z
  .string('is missing: the REST token of the Redis database')
  .check(...inOrder(redisTokenForms))
