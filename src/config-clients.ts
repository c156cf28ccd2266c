/** Owns the form of the CLIENTS setting: which OAuth clients there are, by the hashes of their secrets. Never sees a secret. */

import * as z from 'zod/mini'
import { listReadBy, parseJson } from './config-json.ts'
import { CLIENT_ID_MAX_LENGTH } from './contract/client-limits.ts'
import { BUILT_IN_CLIENTS, type ClientSetting, clientIdFault } from './domain/client.ts'

/** A Worker's variable holds 5 kB, which is about this many. */
const CLIENTS_MAX = 64
/** The present secret, the next one, and room for a replacement that is delayed. */
const HASHES_MAX = 4

const HEX = /^[0-9a-f]{64}$/i
const BASE64URL = /^[A-Za-z0-9_-]{43}$/

const SHAPES = `{"id":"…","secret_sha256":["…"]} or {"id":"…","public":true}`

export const clientsSetting = z.pipe(z._default(z.string(), '[]'), listReadBy(readClients))

/** The clients, or a sentence that says what is wrong without repeating it. */
function readClients(text: string): ClientSetting[] | string {
  const list = parseJson(text)
  if (!Array.isArray(list)) return `must be a JSON array of clients, each ${SHAPES}`
  if (list.length > CLIENTS_MAX) return `must be at most ${CLIENTS_MAX} clients`
  const clients: ClientSetting[] = []
  for (const [index, entry] of list.entries()) {
    const read = readClient(entry)
    if (typeof read === 'string') return `client ${index + 1} ${read}`
    if (clients.some(({ id }) => id === read.id))
      return `client ${index + 1} has the id of another client`
    clients.push(read)
  }
  return clients
}

function readClient(entry: unknown): ClientSetting | string {
  if (typeof entry !== 'object' || entry === null) return `must be ${SHAPES}`
  const { id, public: isPublic, secret_sha256: hashes, ...rest } = entry as Record<string, unknown>
  const fault = clientIdFault(id)
  if (typeof id !== 'string' || fault === 'shape')
    return `must have an 'id' of 1 to ${CLIENT_ID_MAX_LENGTH} letters, digits, dots, dashes, underscores or tildes`
  if (fault === 'taken')
    return `must not have the id of a built-in client (${BUILT_IN_CLIENTS.join(', ')})`
  // A mistyped name must not turn a confidential client into a public one.
  if (Object.keys(rest).length > 0) return `must be ${SHAPES}, and nothing more`
  if (isPublic === true && hashes === undefined) return { id, secretHashes: [] }
  if (isPublic !== undefined || !Array.isArray(hashes))
    return "must have either 'public': true or 'secret_sha256', an array"
  if (hashes.length < 1 || hashes.length > HASHES_MAX)
    return `must have 1 to ${HASHES_MAX} hashes in 'secret_sha256'`
  const secretHashes = hashes.map(asHex)
  return secretHashes.every((hash) => hash !== null)
    ? { id, secretHashes }
    : "must have SHA-256 hashes in 'secret_sha256', each as 64 characters of hex or 43 of base64url"
}

function asHex(hash: unknown): string | null {
  if (typeof hash !== 'string') return null
  if (HEX.test(hash)) return hash.toLowerCase()
  if (!BASE64URL.test(hash)) return null
  const bytes = atob(hash.replaceAll('-', '+').replaceAll('_', '/'))
  return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}
