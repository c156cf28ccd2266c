/** Owns the shape of a change that is ready as a script, so that it can run in one step with another. Never runs one. */

/** One script for Redis, by itself safe to repeat. Only store/ makes, sends and reads it; domain/ hands it on unopened. */
export interface Prepared<Outcome> {
  readonly script: { readonly source: string }
  readonly keys: readonly string[]
  readonly args: readonly string[]
  /** Throws a StoreFault. */
  read(answer: unknown): Outcome
}
