/** Owns the form of an operation's description: all but its path, method and caller. Holds types only. */

import type * as z from 'zod/mini'
import type { QuotaName } from '../domain/policy.ts'
import type { FaultRoute } from '../http/fault-words.ts'
import type { BodyForm } from '../http/input.ts'
import type { InputRefusal } from '../http/refusal-words.ts'
import type { HeaderName } from './headers.ts'
import type { Json } from './json.ts'
import type { Reason } from './reason.ts'
import type { AnswerName, BodyName } from './schemas.ts'

type Tag = 'Sessions' | 'Account' | 'Administration' | 'OAuth' | 'Service'

export interface Description {
  tag: Tag
  summary: string
  description?: string
  /** The parameters of the path, in its order. */
  path?: Record<string, { schema: z.ZodMiniType; note: string }>
  /** The schema of the whole query, with a note on each parameter. */
  query?: { schema: z.ZodMiniObject; notes: Record<string, string> }
  body?: RequestBody
  /** Set when the caller may choose the cookie for its refresh token. `clearedOn`: statuses of errors that may clear it. */
  transport?: { clearedOn: readonly number[] }
  answers: { 200: Success; 304?: Success; 503?: Success }
  /** In addition to those that follow from the caller, the parameters and the body. */
  refusals?: readonly (Reason | InputRefusal)[]
  /** In addition to the fault of checking the caller's token. */
  faults?: readonly FaultRoute[]
  limits?: readonly QuotaName[]
}

export interface RequestBody {
  form: BodyForm
  required: boolean
  /** The body fits any one of them. */
  schemas: readonly [BodyName, ...BodyName[]]
  examples: Record<string, Json>
}

export interface Success {
  description: string
  /** Left out, there is no body. */
  content?: {
    type: string
    /** Of a list, the answer fits any one. */
    schema: AnswerName | 'text' | readonly AnswerName[]
    examples: Record<string, unknown>
  }
  /** The value of Cache-Control where it is not `no-store`. */
  cache?: string
  /** Where the page is deployed, its file answers and not the Worker: without a request id, and it may be cached. */
  mayBeFile?: boolean
  headers?: readonly HeaderName[]
}
