/** Owns what a long run of the model can be told. */

export interface ModelSettings {
  /** Sequences, over all lanes. */
  runs: number
  seed: number
  /** Of a failure that is to be seen again, or ''. */
  path: string
  /** Steps that must really have been done. */
  least: number
  /** Sequences that are played at the same time, each on a realm of its own. */
  lanes: number
}

declare module 'vitest' {
  export interface ProvidedContext {
    model: ModelSettings
  }
}
