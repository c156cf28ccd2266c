/** Owns the forms of SIGNING_KEYS and of a refresh secret: the values, or a sentence that says what is wrong and shows none. */

import * as z from 'zod/mini'
import { listReadBy, parseJson } from './config-json.ts'

/** The present key, the next one, and room for older ones that are not taken away yet. */
export const KEYS_MAX = 16

const QUOTED = 'must not begin with a quotation mark: set it without'
const SHAPE = 'must be a JSON Web Key Set of private P-256 keys, as `npm run keys` makes it'

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/))
const privateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url,
  y: base64url,
  d: base64url,
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  alg: z._default(z.literal('ES256'), 'ES256'),
  use: z._default(z.literal('sig'), 'sig'),
})
export type SigningKeySetting = z.infer<typeof privateJwk>
const keySet = z.object({ keys: z.array(z.unknown()).check(z.minLength(1)) })

export const signingKeysSetting = z.pipe(
  z.string('is missing: run `npm run keys` to make it'),
  listReadBy(readKeySet),
)

/** Marks that came with it would be a part of it: set without them later, every refresh token would be of another secret. */
export const refreshSecret = z
  .string()
  .check(z.regex(/^[^"']/, QUOTED), z.minLength(32, 'needs at least 32 characters'))

/** The keys, or a sentence that says what is wrong without repeating it. */
export function readKeySet(text: string): SigningKeySetting[] | string {
  if (/^\s*["']/.test(text)) return QUOTED
  const set = keySet.safeParse(parseJson(text))
  if (!set.success) return SHAPE
  if (set.data.keys.length > KEYS_MAX)
    return `must be at most ${KEYS_MAX} keys: take those away whose tokens have expired`
  const keys: SigningKeySetting[] = []
  for (const [index, entry] of set.data.keys.entries()) {
    const key = privateJwk.safeParse(entry)
    if (!key.success) return faultOf(entry, index + 1, key.error.issues)
    keys.push(key.data)
  }
  return keys
}

function faultOf(
  entry: unknown,
  place: number,
  issues: readonly { path: PropertyKey[] }[],
): string {
  const [field, ...others] = new Set(issues.map(({ path }) => path[0]))
  if (others.length > 0) return SHAPE
  if (field === 'd' && typeof entry === 'object' && entry !== null && !('d' in entry))
    return `key ${place} has no private part (d): this is the public set. If the private one is lost, set a new one as \`npm run keys\` makes it: clients refresh by themselves`
  if (field === 'kid') return `key ${place} has no id (kid) of 1 to 256 characters`
  return SHAPE
}
