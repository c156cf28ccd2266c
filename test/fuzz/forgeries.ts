/** Owns tokens that must be refused: a good one with its text spoilt, or a copy signed with wrong headers or claims. */

import { Buffer } from 'node:buffer'
import { generateSigningKey, type PrivateJwk } from '../../src/crypto/signing-keys.ts'
import {
  compact,
  es256,
  forge,
  headerOf,
  hs256,
  publicForms,
  unsigned,
} from '../support/forging.ts'

type Forge = (real: string, key: PrivateJwk) => Promise<string>

const stranger = await generateSigningKey()

const withHeader =
  (header: object): Forge =>
  (real, key) =>
    forge(real, key, { header })
const withClaims =
  (claims: object): Forge =>
  (real, key) =>
    forge(real, key, { claims })
const byStranger =
  (header: object): Forge =>
  (real) =>
    forge(real, stranger, { header })

/** Each signed with the service's own key unless its name says otherwise; all the same none of them works. */
export const forgeries: Record<string, Forge> = {
  typ_jwt: withHeader({ typ: 'JWT' }),
  typ_list: withHeader({ typ: 'statuslist+jwt' }),
  typ_none: withHeader({ typ: undefined }),
  typ_number: withHeader({ typ: 5 }),
  alg_es384: withHeader({ alg: 'ES384' }),
  alg_number: withHeader({ alg: 256 }),
  kid_other: withHeader({ kid: 'zqxmarkxqz' }),
  kid_none: withHeader({ kid: undefined }),
  kid_object: withHeader({ kid: { toString: 'x' } }),
  kid_proto: withHeader({ kid: '__proto__' }),
  crit: withHeader({ crit: ['zqxmarkxqz'], zqxmarkxqz: true }),
  crit_empty: withHeader({ crit: [] }),
  b64: withHeader({ crit: ['b64'], b64: false }),
  stranger: byStranger({}),
  stranger_kid: byStranger({ kid: stranger.kid }),
  stranger_jwk: byStranger({ jwk: { kty: 'EC', crv: 'P-256', x: stranger.x, y: stranger.y } }),
  stranger_jku: byStranger({ jku: 'https://zqxmarkxqz.example/jwks.json' }),
  alg_none: (real) => forge(real, unsigned, { header: { alg: 'none' } }),
  alg_hs256: async (real, key) => {
    const [form = new Uint8Array()] = await publicForms(key)
    return forge(real, hs256(form), { header: { alg: 'HS256' } })
  },
  expired: withClaims({ iat: 1_000_000, exp: 1_000_900 }),
  iss: withClaims({ iss: 'https://zqxmarkxqz.example' }),
  iss_list: withClaims({ iss: ['https://auth.example.com'] }),
  aud: withClaims({ aud: 'zqxmarkxqz' }),
  sub_none: withClaims({ sub: undefined }),
  sub_object: withClaims({ sub: {} }),
  jti_none: withClaims({ jti: undefined }),
  jti_number: withClaims({ jti: 5 }),
  exp_text: withClaims({ exp: '9999999999' }),
  exp_none: withClaims({ exp: undefined }),
  exp_negative: withClaims({ exp: -1 }),
  iat_none: withClaims({ iat: undefined }),
  sid_number: withClaims({ sid: 1 }),
  sid_unknown: withClaims({ sid: '00000000-0000-4000-8000-000000000000', ver: '1.1' }),
  sid_odd: withClaims({ sid: '*\r\nx\0', ver: 'x' }),
  ver_null: withClaims({ sid: '00000000-0000-4000-8000-000000000000', ver: null }),
  role_list: withClaims({ role: ['service_role'] }),
  role_service: withClaims({ role: 'service_role', sid: 'x' }),
  status_foreign: withClaims({
    sid: 'x',
    status: { status_list: { idx: 0, uri: 'https://zqxmarkxqz.example/1' } },
  }),
  payload_list: async (real, key) => compact(headerOf(real), [], es256(key)),
  payload_text: async (real, key) => compact(headerOf(real), Object('zqxmarkxqz'), es256(key)),
}

/** Spoils a text in the way that `how` names, such as 'cut-5'. The result is hardly ever the same text. */
export async function mutate(text: string, how: string, key: PrivateJwk): Promise<string> {
  const [way = '', ...numbers] = how.split('-')
  const [first = 0, second = 0] = numbers.map(Number)
  const parts = text.split('.')
  switch (way) {
    case 'as': {
      const its = forgeries[how.slice(3)]
      if (!its) throw new TypeError(`There is no forgery ${how}.`)
      return its(text, key)
    }
    case 'flip': {
      const at = first % parts.length
      const bytes = Buffer.from(parts[at] ?? '', 'base64url')
      const bit = second % Math.max(8, bytes.length * 8)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return parts.with(at, bytes.toString('base64url')).join('.')
    }
    case 'edit': {
      const at = first % text.length
      return text.slice(0, at) + String.fromCharCode(second) + text.slice(at + 1)
    }
    case 'cut':
      return text.slice(0, -(first + 1))
    case 'swap':
      return parts.length > 1 ? parts.toReversed().join('.') : [...text].toReversed().join('')
    case 'twice':
      return text + text
    case 'unsigned':
      return parts.length > 1 ? parts.with(-1, '').join('.') : text.slice(0, 80)
    case 'long':
      return text + 'A'.repeat(first)
    case 'marked':
      return `${text}zqxmarkxqz`
    default:
      throw new TypeError(`There is no way ${how} to spoil a token.`)
  }
}

/** Whether two texts say the same once decoded: base64url has several spellings for some bytes. */
export function saysTheSame(one: string, other: string): boolean {
  const bytes = (text: string) => text.split('.').map((part) => Buffer.from(part, 'base64url'))
  const [left, right] = [bytes(one), bytes(other)]
  return (
    left.length === right.length && left.every((part, i) => part.equals(right[i] ?? Buffer.of()))
  )
}
