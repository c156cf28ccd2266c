/** Owns the OAuth clients of the tests, with their secrets, and how they call. */

import { createHash } from 'node:crypto'
import type { Answer, Street } from './street.ts'

const hash = (secret: string) => createHash('sha256').update(secret).digest()

/** The secrets are long enough for the service. API's has characters that form-encoding must carry through. */
export const API = { id: 'api', secret: 'an API: 100% + a secret & more = of the tests' }
export const BACKEND = { id: 'backend', secret: 'the-secret-of-the-backend-in-the-tests-12345' }
/** The secret that BACKEND will have next. */
export const BACKEND_NEXT = {
  id: 'backend',
  secret: 'the-next-secret-of-the-backend-in-the-tests-6',
}
export const SPA = { id: 'spa', secret: null }

export const CLIENTS = JSON.stringify([
  { id: API.id, secret_sha256: [hash(API.secret).toString('hex').toUpperCase()] },
  {
    id: BACKEND.id,
    secret_sha256: [BACKEND.secret, BACKEND_NEXT.secret].map((text) =>
      hash(text).toString('base64url'),
    ),
  },
  { id: SPA.id, public: true },
])

export interface Caller {
  id: string
  secret: string | null
}

/** RFC 6749 section 2.3.1. */
export function basic({ id, secret }: Caller): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${btoa(`${encode(id)}:${encode(secret ?? '')}`)}`
}

/** Posts a form. A client with a secret names itself in the header, one without in the body. */
export function post(
  street: Street,
  path: string,
  form: Record<string, string>,
  caller: Caller | null = null,
): Promise<Answer> {
  const named = caller && caller.secret === null ? { client_id: caller.id } : {}
  const headers = caller?.secret ? { Authorization: basic(caller) } : {}
  return postText(street, path, new URLSearchParams({ ...form, ...named }).toString(), headers)
}

export const postText = (
  street: Street,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  street.call('POST', path, {
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  })
