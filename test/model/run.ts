/** `npm run test:model`: plays random sequences against the model. Decides how many, and hands on the seed. */

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { Misuse, readOptions, runCommand, wholeNumber } from '../../src/dev/command-line.ts'
import { type ModelSettings, type Total, totalsIn } from './settings.ts'

const DEFAULTS = { runs: '1200', least: '20000', lanes: '4' }
const MOST = 100_000_000
const MOST_SEED = 2 ** 31
/** Each has a workerd of its own, which has one thread. */
const WORKERS = 2

const help = `Plays random sequences of steps on the real service, and tries every token ever issued after every step.

  npm run test:model
  npm run test:model -- --runs 20000
  npm run test:model -- --seed 7 --path 41:3:0

Options
  --runs <count>    sequences, of up to 40 steps each (default ${DEFAULTS.runs})
  --least <count>   steps that must really have been done, else the run fails
                    (default ${DEFAULTS.least}; 0 when --runs or --path is given)
  --seed <number>   of chance; a failure prints it (default: a new one)
  --path <path>     of one failure, which is then played alone; a failure prints it
  --lanes <count>   sequences that are played at the same time (default ${DEFAULTS.lanes})
  --help            this text

CURFEW_TEST_REDIS=server or embedded says which Redis, as for npm test.`

runCommand(async () => {
  const options = readOptions({
    runs: { type: 'string' },
    least: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    lanes: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)
  const { path = '' } = options
  if (path !== '' && options.seed === undefined)
    throw new Misuse('--path needs the --seed that was printed with it.')
  if (!/^[\d:]*$/.test(path)) throw new Misuse('--path must be numbers and colons, such as 41:3:0.')
  const least = options.least ?? (options.runs || path ? '0' : DEFAULTS.least)
  const runs = wholeNumber('--runs', options.runs ?? DEFAULTS.runs, 1, MOST)
  const seed = wholeNumber('--seed', options.seed ?? String(randomInt(2 ** 31)), 0, MOST_SEED)
  const lanes = wholeNumber('--lanes', options.lanes ?? DEFAULTS.lanes, 1, 32)
  const demanded = wholeNumber('--least', least, 0, MOST)
  const workers = path === '' ? WORKERS : 1
  const shares = Array.from(
    { length: workers },
    (_, worker): ModelSettings => ({
      runs: Math.ceil(runs / workers),
      seed: seed + worker * 1000,
      lanes: path === '' ? lanes : 1,
      path,
    }),
  )
  const began = Date.now()
  const { code, output } = await runVitest(shares)
  const totals = totalsIn(output)
  const sum = (part: keyof Total): number => totals.reduce((all, one) => all + one[part], 0)
  const steps = sum('steps')
  const took = Math.round((Date.now() - began) / 1000)
  console.log(
    `Model: ${steps} steps in ${sum('sequences')} sequences, tokens tried ${sum('tries')} times, ${sum('unasked')} answers of 503 without a fault, ${took} s, seed ${seed}.`,
  )
  if (steps < demanded) console.error(`Only ${steps} steps were done; ${demanded} were demanded.`)
  process.exitCode = code !== 0 || steps < demanded || totals.length < workers ? 1 : 0
})

/** What it prints is passed on as it comes. */
async function runVitest(shares: ModelSettings[]): Promise<{ code: number; output: string }> {
  const child = spawn('vitest', ['run', '--config', 'test/model/vitest.config.ts', '--root', '.'], {
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
