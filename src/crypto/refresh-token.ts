/** Owns the form of refresh tokens and logout tickets: a claim about a session, and our HMAC over it. Stores nothing. */

import { Buffer } from 'node:buffer'
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { RefreshTokens } from '../domain/ports.ts'
import type { RefreshToken } from '../domain/token.ts'

/** The first byte says what the claim is good for; under the HMAC, so one is never taken for another. */
const PURPOSE = { refresh: 1, local: 2, global: 3 } as const
type Purpose = keyof typeof PURPOSE
const SCOPES = ['local', 'global'] as const

const ID_BYTES = 16
/** Purpose, session, subject, status list, place in it, generation. */
const CLAIM_BYTES = 1 + 3 * ID_BYTES + 2 * 4
const PLACE_AT = 1 + 3 * ID_BYTES
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
    const claim = Buffer.alloc(CLAIM_BYTES)
    claim.writeUInt8(PURPOSE[purpose], 0)
    writeId(claim, session, 1)
    writeId(claim, subject, 1 + ID_BYTES)
    writeId(claim, status.list, 1 + 2 * ID_BYTES)
    claim.writeUInt32BE(status.index, PLACE_AT)
    claim.writeUInt32BE(generation, PLACE_AT + 4)
    return Buffer.concat([claim, mac(signer, claim)]).toString('base64url')
  }

  const open = (text: string): { purpose: number; token: RefreshToken } | null => {
    const bytes = Buffer.from(text, 'base64url')
    // Only the one spelling: base64url readers skip what they do not know.
    if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== text) return null
    const claim = bytes.subarray(0, CLAIM_BYTES)
    const given = bytes.subarray(CLAIM_BYTES)
    if (!keys.some((key) => timingSafeEqual(mac(key, claim), given))) return null
    return {
      purpose: claim.readUInt8(0),
      token: {
        session: readId(claim, 1),
        subject: readId(claim, 1 + ID_BYTES),
        status: { list: readId(claim, 1 + 2 * ID_BYTES), index: claim.readUInt32BE(PLACE_AT) },
        generation: claim.readUInt32BE(PLACE_AT + 4),
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

function writeId(target: Buffer, uuid: string, offset: number): void {
  target.write(uuid.replaceAll('-', ''), offset, ID_BYTES, 'hex')
}

function readId(source: Buffer, offset: number): string {
  const hex = source.toString('hex', offset, offset + ID_BYTES)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
