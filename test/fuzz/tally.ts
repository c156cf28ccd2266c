/** Owns the counting: what was answered, how often, by which operation; and whether that was enough to mean anything. */

import type { OperationId } from '../../src/contract/operations.ts'

export interface Tally {
  count: (id: OperationId | null, status: number, ms: number) => void
  /** A sentence for each thing that did not happen often enough. */
  shortfalls: (
    demanded: number,
    ids: readonly OperationId[],
    neverRefused: readonly OperationId[],
  ) => string[]
  answered: (status: number) => number
  total: () => number
  lines: () => string[]
}

export function createTally(): Tally {
  const byOperation = new Map<string, Map<number, number>>()
  const byStatus = new Map<number, number>()
  let total = 0
  let slowest = 0
  const of = (id: string, least: number, below: number): number =>
    [...(byOperation.get(id) ?? [])].reduce(
      (sum, [status, count]) => sum + (status >= least && status < below ? count : 0),
      0,
    )
  const written = (counts: Map<number, number>): string =>
    [...counts]
      .toSorted(([one], [other]) => one - other)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')

  return {
    count(id, status, ms) {
      const name = id ?? 'no operation'
      const counts = byOperation.get(name) ?? new Map<number, number>()
      byOperation.set(name, counts.set(status, (counts.get(status) ?? 0) + 1))
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      total++
      slowest = Math.max(slowest, ms)
    },
    shortfalls: (demanded, ids, neverRefused) => [
      ...(total < demanded ? [`${total} requests were sent, of ${demanded}`] : []),
      ...ids.filter((id) => of(id, 200, 300) === 0).map((id) => `${id} never succeeded`),
      ...ids
        .filter((id) => !neverRefused.includes(id) && of(id, 400, 500) === 0)
        .map((id) => `${id} never refused`),
    ],
    answered: (status) => byStatus.get(status) ?? 0,
    total: () => total,
    lines: () => [
      ...[...byOperation].toSorted().map(([id, counts]) => `${id.padEnd(18)} ${written(counts)}`),
      `${total} requests answered; ${written(byStatus)}; slowest ${Math.round(slowest)} ms`,
    ],
  }
}
