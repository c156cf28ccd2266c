/** Owns which errors an operation may answer, in the service's own words. Never a status or a sentence of its own. */

import * as z from 'zod/mini'
import type { Caller, Operation } from '../contract/operations.ts'
import { BODY_LIMIT, PASSWORD_MIN_LENGTH, REAUTHENTICATION_TTL } from '../domain/policy.ts'
import { type FaultRoute, WHEN_STORE_IS_DOWN } from '../http/fault-words.ts'
import { check, unsupported } from '../http/input.ts'
import { faultWords, MISCONFIGURED, UNEXPECTED } from '../http/problem.ts'
import { TRANSPORT_UNKNOWN } from '../http/refresh-cookie.ts'
import { type InputRefusal, type Words, wordsOf } from '../http/refusal-words.ts'
import type { Description } from './description.ts'
import type { AnyRefusal, Reason } from './reason.ts'
import { BODIES } from './schemas.ts'

/** The fields that wordsOf needs for a refusal that is named by its reason alone. */
const DETAILS = {
  body_too_large: { bytes: BODY_LIMIT },
  method_unknown: { allow: 'GET, HEAD' },
  password_weak: { weakness: { kind: 'short', min: PASSWORD_MIN_LENGTH } },
  rate_limited: { retryAfter: 42 },
  reauthentication_needed: { maxAge: REAUTHENTICATION_TTL },
} as const

/** An error that an operation may answer. `name` is the name of its example in the document. */
export interface KnownError {
  name: string
  words: Words
  /** worker.ts answers it without an app: without a request id, and without OAuth's fields on any path. */
  isBeforeApp?: boolean
}

const CLIENT_ERRORS = [
  { reason: 'client_bad', by: 'header' },
  { reason: 'client_bad', by: 'body' },
] as const satisfies readonly AnyRefusal[]

const BY_CALLER: Record<Caller, readonly (Reason | AnyRefusal)[]> = {
  anyone: [],
  client: CLIENT_ERRORS,
  confidential_client: CLIENT_ERRORS,
  holder: ['token_missing', 'token_bad'],
  person: ['token_missing', 'token_bad', 'token_expired', 'token_revoked'],
  operator: ['token_missing', 'token_bad', 'token_expired', 'token_revoked', 'role_missing'],
}

/** The refusal that a schema gives for an input without its first field; if that field may be missing, for a wrong one. */
function misfit(schema: z.ZodMiniType, status: 400 | 422, name?: string): InputRefusal {
  const [field] = Object.keys(schema instanceof z.ZodMiniObject ? schema.shape : {})
  const wrong = field === undefined ? ['?'] : [{}, { [field]: 0 }]
  for (const value of wrong) {
    const checked = check(schema, value, status, name)
    if (!checked.ok) return checked.error
  }
  throw new TypeError('A schema takes everything, so it has no error to show.')
}

/** Every error of one operation. */
export function errorsOf(
  { caller, method }: Operation,
  { path = {}, query, body, transport, refusals = [], faults = [] }: Description,
): KnownError[] {
  const input: InputRefusal[] = []
  const bodySchema = body && BODIES[body.schemas[0]]
  const [inPath] = Object.entries(path)
  if (inPath) input.push(misfit(inPath[1].schema, 400, inPath[0]))
  else if (bodySchema && body.form !== 'json') input.push(misfit(bodySchema, 400))
  else if (query) input.push(misfit(query.schema, 400))
  if (method !== 'GET')
    input.push({ reason: 'body_too_large', bytes: BODY_LIMIT }, { reason: 'body_broken' })
  if (body) input.push(unsupported(body.form))
  if (bodySchema && body.form !== 'form')
    input.push({ reason: 'json_bad' }, misfit(bodySchema, 422))
  const asksStore: FaultRoute[] = caller === 'person' || caller === 'operator' ? ['read'] : []
  return [
    ...(transport ? TRANSPORT_ERRORS : []),
    ...[...input, ...BY_CALLER[caller], ...refusals].map(knownRefusal),
    ...new Set([...asksStore, ...faults]).values().map(knownFault),
    { name: 'unexpected', words: UNEXPECTED },
    { name: 'misconfigured', words: MISCONFIGURED, isBeforeApp: true },
  ]
}

const TRANSPORT_ERRORS: readonly KnownError[] = [
  { name: 'transport_unknown', words: wordsOf(TRANSPORT_UNKNOWN) },
  knownRefusal('cross_site'),
]

/** The errors of a path or method without an operation. */
export const errorsElsewhere: readonly KnownError[] = [
  knownRefusal('path_unknown'),
  knownRefusal('method_unknown'),
]

function knownRefusal(given: Reason | AnyRefusal): KnownError {
  const refusal =
    typeof given === 'string'
      ? ({ reason: given, ...Reflect.get(DETAILS, given) } as AnyRefusal)
      : given
  const { reason } = refusal
  const words = wordsOf(refusal)
  return {
    name: reason === 'input_invalid' ? `${reason}_${words.status}` : reason,
    words,
  }
}

const knownFault = (route: FaultRoute): KnownError => ({
  name: `fault_${route}`,
  words: faultWords(WHEN_STORE_IS_DOWN[route]),
})
