/** Owns what a run may be told, and how much it measures. */

import { Misuse, readOptions } from '../../src/dev/command-line.ts'
import type { Effort } from './measure.ts'

export interface Plan extends Effort {
  /** Milliseconds to Redis and back. */
  distances: number[]
  /** Other sessions in Redis. */
  others: number[]
  /** Sessions of one user. */
  own: number[]
  /** Rounds and requests where Redis is far: the distance drowns the noise. */
  far: { rounds: number; requests: number }
  /** Rounds of the growth, which must tell smaller differences. */
  growthRounds: number
  startRounds: number
  withPeers: boolean
  /** Where JSON and plot go, without their endings; null to write nothing. */
  output: string | null
}

const help = `Measures the service in workerd against its floor, two peers and growing data, and writes
test/bench/results.json and test/bench/results.svg. Needs redis-server on the PATH; about ten minutes.

  npm run bench                    everything
  npm run bench -- --quick         a look that takes two minutes or so; writes nothing
  npm run bench -- --no-peers      without Express and better-auth, which are installed on the first run
  npm run bench -- --out NAME      writes NAME.json and NAME.svg
`

export function readPlan(): Plan | null {
  const options = readOptions({
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean' },
    'no-peers': { type: 'boolean' },
    out: { type: 'string' },
  })
  if (options.help) {
    process.stdout.write(help)
    return null
  }
  if (options.out === '') throw new Misuse('--out needs a name.')
  const withPeers = !options['no-peers']
  if (options.quick)
    return {
      rounds: 2,
      far: { rounds: 1, requests: 96 },
      growthRounds: 3,
      startRounds: 3,
      callers: 16,
      requests: 160,
      alone: 16,
      distances: [0, 25],
      others: [1000, 20_000],
      own: [1, 10],
      withPeers,
      output: options.out ?? null,
    }
  return {
    rounds: 9,
    far: { rounds: 3, requests: 128 },
    growthRounds: 15,
    startRounds: 5,
    callers: 16,
    requests: 320,
    alone: 24,
    distances: [0, 5, 25],
    others: [1000, 100_000, 1_000_000],
    own: [1, 10, 1000],
    withPeers,
    output: options.out ?? 'test/bench/results',
  }
}
