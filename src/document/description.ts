/** Owns what there is to say of an operation beside where it is and who may ask. Holds types only. */

import type * as z from 'zod/mini'
import type { QuotaName } from '../domain/policy.ts'
import type { FaultRoute } from '../http/fault-words.ts'
import type { BodyForm } from '../http/input.ts'
import type { InputRefusal } from '../http/refusal-words.ts'
import type { HeaderName } from './headers.ts'
import type { Json } from './json.ts'
import type { Reason } from './reason.ts'
import type { AnswerName, BodyName } from './schemas.ts'

export type Tag = 'Sessions' | 'Account' | 'Administration' | 'OAuth' | 'Service'

export interface Description {
  tag: Tag
  summary: string
  description?: string
  /** What the path names, in its order. */
  path?: Record<string, { schema: z.ZodMiniType; note: string }>
  /** An object of everything that is read of the query, with a note on each. */
  query?: { schema: z.ZodMiniObject; notes: Record<string, string> }
  body?: RequestBody
  /** Where the caller may choose the cookie for its refresh token; and on which errors the cookie may be cleared. */
  transport?: { clearedOn: readonly number[] }
  answers: { 200: Success; 304?: Success; 503?: Success }
  /** Beside those that follow from the caller, the parameters and the body. */
  refusals?: readonly (Reason | InputRefusal)[]
  /** Beside that of checking the caller's token. */
  faults?: readonly FaultRoute[]
  limits?: readonly QuotaName[]
}

export interface RequestBody {
  form: BodyForm
  required: boolean
  /** Any of them. */
  schemas: readonly [BodyName, ...BodyName[]]
  examples: Record<string, Json>
}

export interface Success {
  description: string
  /** Left out, there is no body. */
  content?: {
    type: string
    /** Any of them. */
    schema: AnswerName | 'text' | readonly AnswerName[]
    examples: Record<string, unknown>
  }
  /** The value of Cache-Control where it is not `no-store`. */
  cache?: string
  /** Where the page is deployed its file answers, and not the Worker: it names no call, and may be kept. */
  mayBeFile?: boolean
  headers?: readonly HeaderName[]
}
