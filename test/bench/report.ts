/** Owns the table that a person reads. Never decides what is good. */

import { judge, type Results } from './results.ts'

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2).replace(/\.0$/, '')
const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))
const ratio = (value: number | null): string =>
  value === null ? '' : `${Math.round(value * 100)} %`
const whole = (value: number): string => (Number.isInteger(value) ? `${value}` : value.toFixed(1))

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function report(results: Results): string {
  const { machine } = results
  const parts = [
    `${machine.date}: ${machine.cpu}, ${machine.cores} cores${machine.pinned ? ' (service on one, the rest on the other)' : ''}, ${machine.memory}; Node ${machine.node}, ${machine.workerd}, Redis ${machine.redis}; load ${machine.load} at the start`,
  ]
  const distances = results.calls[0]?.distances.map(({ distance }) => distance) ?? []
  for (const distance of distances) {
    const rows = results.calls.flatMap((call) =>
      (call.distances.find((one) => one.distance === distance)?.figures ?? []).map((row) => {
        const cost = call.costs.find(({ contestant }) => contestant === row.contestant)
        return [
          call.title,
          row.contestant,
          number(row.perSecond),
          row.contestant === 'floor' ? '' : ratio(row.ofFloor),
          `${ms(row.p50)} / ${ms(row.p99)}`,
          `${ms(row.aloneP50)} / ${ms(row.aloneP99)}`,
          row.contestant === 'floor' || row.contestant === 'sample'
            ? number(row.cpu)
            : `${number(row.cpu)} (${ratio(row.cpuOfFloor)})`,
          cost?.requests == null ? '' : whole(cost.requests),
          cost ? whole(cost.commands) : '',
        ]
      }),
    )
    parts.push(
      `Redis ${distance} ms away`,
      table(
        [
          'call',
          'by',
          'a second',
          'of the floor',
          'p50 / p99 ms',
          'alone p50 / p99 ms',
          'CPU µs (floor by this)',
          'requests to Redis',
          'commands',
        ],
        rows,
      ),
    )
  }
  const growth = (rows: Results['growth']['own']) =>
    rows.map(({ what, size, p50, toSmallest }) => [
      what,
      size.toLocaleString('en'),
      ms(p50),
      `${toSmallest.toFixed(2)}`,
    ])
  parts.push(
    table(['call', 'sessions of others', 'p50 ms', 'to the fewest'], growth(results.growth.others)),
    table(['call', 'sessions of the user', 'p50 ms', 'to the fewest'], growth(results.growth.own)),
    table(
      ['target', 'wanted', 'found', ''],
      judge(results).map(({ what, wanted, found, isReached }) => [
        what,
        wanted,
        found,
        isReached ? 'reached' : 'missed',
      ]),
    ),
  )
  return `${parts.join('\n\n')}\n`
}
