/** Owns what a long run says while it goes on: a line for each tenth of it. Never says that it is over. */

/** `said`: takes a line. `total`: what will be done, such as 5000 'requests'. Call what is returned with what has been done so far. */
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
