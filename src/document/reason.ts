/** Owns which refusals can be named by their reason alone. Holds types only. */

import type { Refusal } from '../domain/refusal.ts'
import type { InputRefusal } from '../http/refusal-words.ts'

export type AnyRefusal = Refusal | InputRefusal
type ReasonOf<One> = One extends { reason: infer Name } ? Name : never

/** The other fields of these refusals are the same wherever they are given, as far as a reader of the document cares. */
export type Reason = Exclude<
  ReasonOf<AnyRefusal>,
  'input_invalid' | 'media_type_unsupported' | 'client_bad'
>
