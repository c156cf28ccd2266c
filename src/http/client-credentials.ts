/** Owns the step that asks which OAuth client calls (RFC 6749 section 2.3). Never whether it proves it: see domain/client.ts. */

import type { Context } from 'hono'
import { clientCredentialsBody } from '../contract/bodies.ts'
import { type Client, type ClientCredentials, identifyClient } from '../domain/client.ts'
import type { Refusal } from '../domain/refusal.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { AppEnv } from './environment.ts'
import { type BodyForm, readBody } from './input.ts'
import type { InputRefusal } from './refusal-words.ts'

/** The client that calls; the log line names it too. `identify` may demand a secret, as requireConfidential does. */
export async function readClient(
  c: Context<AppEnv>,
  form: BodyForm,
  identify: typeof identifyClient = identifyClient,
): Promise<Result<Client, InputRefusal | Refusal>> {
  const credentials = await readCredentials(c, form)
  const client = credentials.ok ? identify(c.get('ports'), credentials.value) : credentials
  if (client.ok) c.set('client', client.value)
  return client
}

/** Null when the caller names no client. An Authorization header of another scheme than Basic does not name one. */
async function readCredentials(
  c: Context<AppEnv>,
  form: BodyForm,
): Promise<Result<ClientCredentials | null, InputRefusal>> {
  const body = await readBody(c, clientCredentialsBody, form)
  if (!body.ok) return body
  // An empty parameter counts as left out (RFC 6749 section 3.2).
  const id = body.value.client_id || null
  const secret = body.value.client_secret || null
  const basic = readBasic(c.req.header('Authorization'))
  if (basic === null) {
    if (id !== null) return ok({ id, secret, by: 'body' })
    return secret === null ? ok(null) : input('client_secret: comes without a client_id')
  }
  // RFC 6749 section 2.3: one method a request. The id alone may be repeated, as long as it is the same.
  if (secret !== null) return input('client_secret: the Authorization header holds one already')
  if (id !== null && id !== basic.id) return input('client_id: is not that of the header')
  return ok(basic)
}

const input = (sentence: string) =>
  refuse({ reason: 'input_invalid', sentence, status: 400 } as const)

/**
 * RFC 6749 section 2.3.1: both parts are form-encoded, then joined. Letters beyond ASCII may also come as they are, in UTF-8, which
 * our challenge names (RFC 7617 section 2.1). An unreadable header gives the id '', which nobody has.
 */
function readBasic(header: string | undefined): ClientCredentials | null {
  const [, scheme, encoded = ''] = header?.match(/^(\S+)\s*(.*)$/) ?? []
  if (scheme?.toLowerCase() !== 'basic') return null
  try {
    const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const colon = text.indexOf(':')
    const part = (raw: string) => decodeURIComponent(raw.replaceAll('+', ' '))
    const id = part(colon < 0 ? text : text.slice(0, colon))
    const secret = colon < 0 ? '' : part(text.slice(colon + 1))
    return { id, secret: secret || null, by: 'header' }
  } catch {
    return { id: '', secret: null, by: 'header' }
  }
}
