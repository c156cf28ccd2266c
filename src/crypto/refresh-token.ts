/** Owns the form of refresh tokens and logout tickets: a claim about a session, and our HMAC over it. Stores nothing. */

import { Buffer } from 'node:buffer'
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { RefreshTokens } from '../domain/ports.ts'
import type { RefreshToken } from '../domain/token.ts'

/** The claim's first byte, under the HMAC: what it is good for, so that a ticket never passes for a refresh token. */
const PURPOSE = { refresh: 1, local: 2, global: 3 } as const
type Purpose = keyof typeof PURPOSE
const SCOPES = ['local', 'global'] as const

/** A claim in hexadecimal digits: purpose, session, subject, status list, place in it, generation. */
const PARTS = /^([\da-f]{2})([\da-f]{32})([\da-f]{32})([\da-f]{32})([\da-f]{8})([\da-f]{8})$/i
const CLAIM_BYTES = 1 + 3 * 16 + 2 * 4
/** The whole of HMAC-SHA256: a token cannot be guessed, so its ids need not be secret. */
const MAC_BYTES = 32
const TOKEN_BYTES = CLAIM_BYTES + MAC_BYTES

/** The first secret signs, all of them are accepted: so one can be replaced without logging anyone out. */
export function createRefreshTokens(secrets: readonly string[]): RefreshTokens {
  // A key of its own (RFC 5869), so that the secret can serve another purpose without the two ever meeting.
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'curfew refresh token', MAC_BYTES)),
  )
  const [signer] = keys
  if (!signer) throw new TypeError('REFRESH_SECRETS has no secret.')
  const mac = (key: Buffer, claim: Buffer) => createHmac('sha256', key).update(claim).digest()

  const sign = (
    purpose: Purpose,
    { subject, session, status, generation }: RefreshToken,
  ): string => {
    const ids = (session + subject + status.list).replaceAll('-', '')
    const numbers = number(status.index, 8) + number(generation, 8)
    const digits = number(PURPOSE[purpose], 2) + ids + numbers
    if (!PARTS.test(digits)) throw new TypeError('A refresh token cannot hold this session.')
    const claim = Buffer.from(digits, 'hex')
    return Buffer.concat([claim, mac(signer, claim)]).toString('base64url')
  }

  const open = (text: string): { purpose: number; token: RefreshToken } | null => {
    const bytes = Buffer.from(text, 'base64url')
    // Only the one spelling that we make: a base64url reader skips characters that it does not know.
    if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== text) return null
    const claim = bytes.subarray(0, CLAIM_BYTES)
    const given = bytes.subarray(CLAIM_BYTES)
    if (!keys.some((key) => timingSafeEqual(mac(key, claim), given))) return null
    const [, purpose = '', session = '', subject = '', list = '', index = '', generation = ''] =
      claim.toString('hex').match(PARTS) ?? []
    return {
      purpose: Number.parseInt(purpose, 16),
      token: {
        session: asId(session),
        subject: asId(subject),
        status: { list: asId(list), index: Number.parseInt(index, 16) },
        generation: Number.parseInt(generation, 16),
      },
    }
  }

  return {
    mint: (token) => sign('refresh', token),
    read(text) {
      const opened = open(text)
      return opened?.purpose === PURPOSE.refresh ? opened.token : null
    },
    mintTicket: ({ token, scope }) => sign(scope, token),
    readTicket(text) {
      const opened = open(text)
      const scope = SCOPES.find((one) => opened?.purpose === PURPOSE[one])
      return opened && scope ? { token: opened.token, scope } : null
    },
  }
}

const number = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const asId = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
