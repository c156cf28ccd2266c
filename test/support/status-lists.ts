/** Owns the reading of a street's published status lists, fetched as by anyone and read by the draft's own rules. */

import { inflateSync } from 'node:zlib'
import { expect } from 'vitest'
import { claimsOf, type Street } from './street.ts'

export interface ListClaims {
  iat: number
  exp: number
  ttl: number
  sub: string
  iss: string
  revoked_tokens?: string[]
  status_list: { bits: number; lst: string }
}

/** The place in a status list that a token names. */
export function statusOf(token: string): { idx: number; uri: string } {
  const { status } = claimsOf(token) as unknown as {
    status: { status_list: { idx: number; uri: string } }
  }
  return status.status_list
}

/** The list that a token names, as it is published now. */
export async function listOf(
  street: Street,
  token: string,
): Promise<{ text: string; claims: ListClaims; bits: Uint8Array }> {
  const response = await street.fetch(new Request(statusOf(token).uri))
  expect(response.status).toBe(200)
  // Read as bytes: workerd warns when text() reads a body whose type is not a text's.
  const text = new TextDecoder().decode(await response.arrayBuffer())
  const claims = claimsOf(text) as unknown as ListClaims
  return { text, claims, bits: inflateSync(Buffer.from(claims.status_list.lst, 'base64url')) }
}

export const countOf = (bits: Uint8Array): number =>
  bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
