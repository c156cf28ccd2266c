/** Owns a queue for the heavy work of concurrent tests: one piece at a time, so that it holds up no test that measures time. */

export function createQueue(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
