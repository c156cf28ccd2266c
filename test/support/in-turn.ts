/** Owns a queue for what takes the machine's time in concurrent tests, so that a test that measures time is not kept waiting by it. */

export function createQueue(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
