/** Owns how long a guard waits for work of others: a caller's own `fetch` need not stop at a signal. */

/**
 * What the work comes to; a TypeError when that takes longer than so many milliseconds. `late` is called then, to stop what can
 * be stopped; what the work comes to afterwards is nobody's.
 */
export function inTime<Value>(
  work: Promise<Value>,
  ms: number,
  what: string,
  late: () => void = () => {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      late()
      reject(new TypeError(`${what} did not come in time.`))
    }, ms)
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
