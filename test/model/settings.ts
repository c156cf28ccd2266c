/** Owns the settings of a long run of the model, and the line that each worker ends with. */

export interface ModelSettings {
  /** Sequences, over all lanes; 0: as many as the steps take. */
  runs: number
  /** Steps after which it is enough, unless runs are given. */
  steps: number
  seed: number
  /** The path of a failure that is to be repeated, or ''. */
  path: string
  /** Sequences that are played at the same time, each on a realm of its own. */
  lanes: number
}

export interface Total {
  steps: number
  sequences: number
  tries: number
  unasked: number
  limited: number
}

/** Begins the line that each worker prints at its end, for run.ts to add up. */
const MARK = 'Model total '
export const totalLine = ({ steps, sequences, tries, unasked, limited }: Total): string =>
  MARK + JSON.stringify({ steps, sequences, tries, unasked, limited })
export const totalsIn = (output: string): Total[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => JSON.parse(line.slice(MARK.length)))

declare module 'vitest' {
  export interface ProvidedContext {
    model: ModelSettings
  }
}
