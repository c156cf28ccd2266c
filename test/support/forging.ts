/** Owns texts that look like ours and are not: tokens and lists signed with any key, header and claims. */

import { CompactSign, importJWK } from 'jose'
import { generateSigningKey, type PrivateJwk } from '../../src/crypto/signing-keys.ts'
import { claimsOf, openStreet, type Street } from './street.ts'

export interface OwnKeys {
  street: Street
  key: PrivateJwk
}

/** A street whose signing key the test has too. */
export async function openForgers(env: Record<string, string> = {}): Promise<OwnKeys> {
  const key = await generateSigningKey()
  const street = await openStreet({
    env: { SIGNING_KEYS: JSON.stringify({ keys: [key] }), ...env },
  })
  return { street, key }
}

export const headerOf = (text: string): Record<string, unknown> =>
  claimsOf(`.${text.split('.')[0] ?? ''}`)

export const encode = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url')

/** `header` and `claims` replace those of a real one; undefined takes one away. */
export async function forge(
  real: string,
  key: PrivateJwk,
  { header = {}, claims = {} }: { header?: object; claims?: object } = {},
): Promise<string> {
  const protectedHeader = { ...headerOf(real), ...header } as { alg: string }
  const payload = JSON.stringify({ ...claimsOf(real), ...claims })
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader(protectedHeader)
    .sign(await importJWK(key, 'ES256'), { crit: { x: true } })
}

/** The same words without a signature. */
export const unsigned = (real: string, header: object): string =>
  `${encode({ ...headerOf(real), ...header })}.${real.split('.')[1]}.`
