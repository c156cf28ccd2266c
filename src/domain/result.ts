/** Owns the two ways in which a decision ends. An expected no is a value, never an exception. */

export type Result<Value, Refused> = { ok: true; value: Value } | { ok: false; error: Refused }

export const ok = <Value>(value: Value): { ok: true; value: Value } => ({ ok: true, value })

export const refuse = <Refused>(error: Refused): { ok: false; error: Refused } => ({
  ok: false,
  error,
})
