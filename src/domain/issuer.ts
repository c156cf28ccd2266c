/** Owns the form of the service's own address, as it stands in every token. Calls none, and never repeats a value that it refuses. */

import { type Form, isHttpUrl } from './store-access.ts'

/**
 * The issuer is compared letter by letter, as `iss` and in a list's address: so without anything that a URL parser drops, hides or
 * writes in another way.
 */
export const issuerForms: readonly Form[] = [
  { has: isHttpUrl, mistake: 'must be an http(s) URL' },
  {
    has: (text) => !/[@\\\s\p{C}]/u.test(text),
    mistake: 'must have no user, backslash, blank or line break in it',
  },
  {
    has: (text) => !/[?#]|\/$/.test(text),
    mistake: 'must have no query, fragment or slash at its end',
  },
  {
    has: (text) => /^[^/]+\/\/[^/]+/.exec(text)?.[0] === new URL(text).origin,
    mistake:
      "must have its host as browsers write it: in small letters, without a standard port, an international name as 'xn--…'",
  },
]
