/** Owns what a long run of the model can be told, and the line that it ends with. */

export interface ModelSettings {
  /** Sequences, over all lanes; 0: as many as the steps take. */
  runs: number
  /** Steps after which it is enough, unless runs are given. */
  steps: number
  seed: number
  /** Of a failure that is to be seen again, or ''. */
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

/** What one worker says at its end, for run.ts to add up. */
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
