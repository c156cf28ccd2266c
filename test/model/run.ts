/** `npm run test:model`: plays random sequences against the model. Decides how many, and hands on the seed. */

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Misuse, readOptions, runCommand, wholeNumber } from '../../src/dev/command-line.ts'
import { fromRoot } from '../../src/dev/root.ts'
import { type ModelSettings, type Total, totalsIn } from './settings.ts'

const DEFAULTS = { steps: '20000', lanes: '4' }
const MOST = 100_000_000
const MOST_SEED = 2 ** 31 - 1
/** Each has a workerd of its own, which has one thread. */
const WORKERS = 2
/** How far the first seeds of two workers are apart. */
const SEEDS = 2 ** 24

const help = `Plays random sequences of steps on the real service: sign-ins, refreshes, logouts by token, cookie, both and
ticket, services' tokens, every other ending, a Redis that fails or comes late, replicas that lag, new keys,
full limiters, and time that goes by. After every step every token ever issued is tried, at the service and
at a strict guard; where time has gone by, at a status-list guard too.

  npm run test:model
  npm run test:model -- --steps 500000
  npm run test:model -- --seed 7 --path 41:3:0

Options
  --steps <count>   plays until so many steps were really done, and fails if they were
                    fewer (default ${DEFAULTS.steps})
  --runs <count>    plays so many sequences instead, of up to 30 steps each
  --seed <number>   of chance; a failure prints it (default: a new one)
  --path <path>     of one failure, which is then played alone; a failure prints it
  --lanes <count>   sequences that each of ${WORKERS} workers plays at the same time (default ${DEFAULTS.lanes})
  --help            this text

A failure is shrunk, and prints its steps: keep them in test/model/kept.test.ts.
CURFEW_TEST_REDIS=server or embedded says which Redis, as for npm test.`

runCommand(async () => {
  const options = readOptions({
    steps: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    lanes: { type: 'string', default: DEFAULTS.lanes },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)
  const { path = '' } = options
  if (path !== '' && options.seed === undefined)
    throw new Misuse('--path needs the --seed that was printed with it.')
  if (!/^[\d:]*$/.test(path)) throw new Misuse('--path must be numbers and colons, such as 41:3:0.')
  if (options.runs !== undefined && options.steps !== undefined)
    throw new Misuse('--runs and --steps: one of them says when it is enough.')
  const isCounted = options.runs === undefined && path === ''
  const steps = wholeNumber('--steps', options.steps ?? DEFAULTS.steps, 1, MOST)
  const runs = path ? 1 : wholeNumber('--runs', options.runs ?? '0', 0, MOST)
  const seed = wholeNumber('--seed', options.seed ?? String(randomInt(2 ** 30)), 0, MOST_SEED)
  const lanes = path ? 1 : wholeNumber('--lanes', options.lanes, 1, 32)
  const workers = path ? 1 : WORKERS
  const shares = Array.from(
    { length: workers },
    (_, worker): ModelSettings => ({
      steps: Math.ceil(steps / workers),
      runs: Math.ceil(runs / workers),
      seed: (seed + worker * SEEDS) % (MOST_SEED + 1),
      lanes,
      path,
    }),
  )
  const demanded = isCounted ? steps : 1
  const began = Date.now()
  const { code, output } = await runVitest(shares)
  const totals = totalsIn(output)
  const sum = (part: keyof Total): number => totals.reduce((all, one) => all + one[part], 0)
  const done = sum('steps')
  const took = Math.round((Date.now() - began) / 1000)
  console.log(
    `Model: ${done} steps in ${sum('sequences')} sequences, tokens tried ${sum('tries')} times, ${sum('limited')} refused by a limiter, ${sum('unasked')} answers of 503 without a fault, ${took} s, seed ${seed}.`,
  )
  const isEnough = done >= demanded && totals.length === workers
  if (!isEnough) console.error(`${done} steps are too few: it had to be ${demanded}.`)
  process.exitCode = code === 0 && isEnough ? 0 : 1
})

/** Runs Vitest, and passes its output on as it comes. */
async function runVitest(shares: ModelSettings[]): Promise<{ code: number; output: string }> {
  const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'))
  const args = ['run', '--config', 'test/model/vitest.config.ts', '--root', '.']
  const child = spawn(process.execPath, [join(vitest, 'vitest.mjs'), ...args], {
    cwd: fromRoot('.'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CURFEW_MODEL: JSON.stringify(shares) },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    process.stdout.write(text)
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
  return { code, output }
}
