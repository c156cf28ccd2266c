/** Owns the shape of a change that is put into words and not made yet, so that it can travel with something else. Makes none. */

/** One step of Redis, by itself safe to repeat. Only store/ writes it and reads its answer; for everybody else it is a sealed letter. */
export interface Prepared<Outcome> {
  readonly script: { readonly source: string }
  readonly keys: readonly string[]
  readonly args: readonly string[]
  /** Throws a StoreFault. */
  read(answer: unknown): Outcome
}
