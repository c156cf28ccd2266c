/** Keeps out of the output what workerd writes about every connection that a test cuts on purpose, caught or not. Node only. */

const NOISE = [
  /^exception = .*disconnected: /,
  /^uncaught exception; .*Network connection lost\.$/,
  /^stack: (\S*workerd\S*@[0-9a-f]+ ?)+$/,
]

/** Returns what brings all of it back. */
export function silenceRuntimeNoise(): () => void {
  const { stderr } = process
  const write = stderr.write
  stderr.write = function quietly(this: typeof stderr, ...given: unknown[]) {
    const [text] = given
    if (typeof text === 'string') {
      const lines = text.split('\n').filter((line) => line !== '')
      const isNoise = (line: string) => NOISE.some((pattern) => pattern.test(line))
      if (lines.length > 0 && lines.every(isNoise)) return true
    }
    return Reflect.apply(write, this, given)
  } as typeof write
  return () => {
    stderr.write = write
  }
}
