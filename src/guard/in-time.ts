/** Owns how long a guard waits for work of others: a caller's own `fetch` need not stop at a signal. */

/**
 * Settles as `work` does, or after `ms` milliseconds rejects with a TypeError that names `what`. It calls `late` then, which may
 * stop the work; what the work comes to afterwards is ignored.
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
