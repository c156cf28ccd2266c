/** Keeps out of the output what workerd writes about every connection that a test cuts on purpose, caught or not. Node only. */

const NOISE = [
  /^exception = .*disconnected: /,
  /^uncaught exception; .*Network connection lost\.$/,
  /^stack: (\S*workerd\S*@[0-9a-f]+ ?)+$/,
]

const isNoise = (text: unknown): boolean => {
  if (typeof text !== 'string') return false
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.length > 0 && lines.every((line) => NOISE.some((pattern) => pattern.test(line)))
}

/** Returns a function that undoes it. */
export function silenceRuntimeNoise(): () => void {
  const restores = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write
    stream.write = ((...given: unknown[]) =>
      isNoise(given[0]) || Reflect.apply(write, stream, given)) as typeof write
    return () => {
      stream.write = write
    }
  })
  return () => {
    for (const restore of restores) restore()
  }
}
