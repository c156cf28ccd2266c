/** Owns forged tokens and lists, made by hand, header and all, so that a test can sign what no library would. */

import { Buffer } from 'node:buffer'
import type { PrivateJwk } from '../../src/crypto/signing-keys.ts'
import { claimsOf } from './street.ts'

export const headerOf = (text: string): Record<string, unknown> =>
  claimsOf(`.${text.split('.')[0] ?? ''}`)

export const encode = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url')

export type Signer = (text: string) => Promise<Uint8Array> | Uint8Array

export async function compact(header: object, payload: object, sign: Signer): Promise<string> {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${Buffer.from(await sign(text)).toString('base64url')}`
}

/** A copy of a real token with other headers and claims; a value of undefined takes one away. */
export const forge = (
  real: string,
  by: PrivateJwk | Signer,
  { header = {}, claims = {} }: { header?: object; claims?: object } = {},
): Promise<string> =>
  compact(
    { ...headerOf(real), ...header },
    { ...claimsOf(real), ...claims },
    typeof by === 'function' ? by : es256(by),
  )

const bytes = (text: string) => new TextEncoder().encode(text)

/** ES256 with this private key. */
export function es256({ kty, crv, x, y, d }: PrivateJwk): Signer {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, algorithm, false, ['sign'])
  return async (text) => new Uint8Array(await crypto.subtle.sign(algorithm, await key, bytes(text)))
}

/** HS256 with these bytes as the secret. */
export function hs256(secret: Uint8Array): Signer {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('raw', secret, algorithm, false, ['sign'])
  return async (text) => new Uint8Array(await crypto.subtle.sign(algorithm, await key, bytes(text)))
}

export const unsigned: Signer = () => new Uint8Array()

/** The public key in the forms in which such keys are passed around, each as the bytes of an HS256 secret. */
export async function publicForms({ kty, crv, x, y }: PrivateJwk): Promise<Uint8Array[]> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, true, ['verify'])
  const spki = await crypto.subtle.exportKey('spki', key)
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('SPKI is bytes')
  const base64 = Buffer.from(spki).toString('base64')
  const lines = base64.match(/.{1,64}/g)?.join('\n') ?? ''
  return [
    new Uint8Array(spki),
    bytes(`-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`),
    bytes(JSON.stringify({ kty, crv, x, y })),
    bytes(x),
  ]
}
