/** Owns what a long run says while it goes on: a line for each tenth of it. Never says that it is over. */

/** `said` takes a line; `total` is how many of the unit will be done. Call the returned function with how many are done. */
export function createProgress(
  said: (line: string) => void,
  total: number,
  unit: string,
): (done: number) => void {
  let tenths = 0
  return (done) => {
    const reached = Math.min(9, Math.floor((10 * done) / total))
    if (reached <= tenths) return
    tenths = reached
    said(`${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`)
  }
}
