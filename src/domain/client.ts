/** Owns what an OAuth client is here, and who is taken for one. Never how a secret is kept or sent. */

import { CLIENT_ID_MAX_LENGTH } from '../contract/client-limits.ts'
import { SERVICE_ROLE } from './account.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { FIRST_PARTY_CLIENT } from './token.ts'

/** RFC 6749 section 2.1. A public client has no secret: its name says whose tokens these are, and proves nothing. */
export interface Client {
  id: string
  confidential: boolean
}

/** One client of the configuration: public without hashes, confidential with. */
export interface ClientSetting {
  id: string
  /** SHA-256 in hex. Several, so that a secret can be replaced while the old one still works. */
  secretHashes: readonly string[]
}

/** What RFC 3986 section 2.3 calls unreserved: an id looks the same in a form, a header and a log. */
const CLIENT_ID = /^[A-Za-z0-9._~-]+$/
/** The `client_id` of tokens that belong to no configured client. */
export const BUILT_IN_CLIENTS: readonly string[] = [FIRST_PARTY_CLIENT, SERVICE_ROLE]

/** Null when a client may be configured under this id. */
export const clientIdFault = (id: unknown): 'shape' | 'taken' | null => {
  if (typeof id !== 'string' || !CLIENT_ID.test(id) || id.length > CLIENT_ID_MAX_LENGTH)
    return 'shape'
  return BUILT_IN_CLIENTS.includes(id) ? 'taken' : null
}

/** The client of calls that name none: of people who sign in with a password here. */
export const FIRST_PARTY: Client = { id: FIRST_PARTY_CLIENT, confidential: false }

/** Characters that a secret must have. Only its hash is configured, so this is judged when it is presented. */
export const CLIENT_SECRET_MIN_LENGTH = 32

/** What a caller says of itself. */
export interface ClientCredentials {
  id: string
  /** Null when none was sent. */
  secret: string | null
  /** Where the caller said it: only a caller that used the Authorization header is answered with an HTTP challenge. */
  by: 'header' | 'body'
}

/** OAuth clients, as they were configured. */
export interface Clients {
  /** The client, when the secret is one of its own, or is null and the client is public. Null otherwise. */
  authenticate(id: string, secret: string | null): Client | null
}

/** No credentials at all make the first-party client. */
export function identifyClient(
  { clients }: { clients: Clients },
  credentials: ClientCredentials | null,
): Result<Client, Refusal> {
  if (credentials === null) return ok(FIRST_PARTY)
  const client = clients.authenticate(credentials.id, credentials.secret)
  return client ? ok(client) : refuse({ reason: 'client_bad', by: credentials.by })
}

/** For what only a client with a secret may ask. */
export function requireConfidential(
  ports: { clients: Clients },
  credentials: ClientCredentials | null,
): Result<Client, Refusal> {
  const client = identifyClient(ports, credentials)
  if (!client.ok || client.value.confidential) return client
  // A caller that sent no client credentials, or used another scheme, gets the challenge too: it names the scheme.
  return refuse({ reason: 'client_bad', by: credentials?.by ?? 'header' })
}
