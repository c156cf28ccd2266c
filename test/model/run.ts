/** `npm run test:model`: plays random sequences against the model. Decides how many, and hands on the seed. */

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { Misuse, readOptions, runCommand, wholeNumber } from '../../src/dev/command-line.ts'
import type { ModelSettings } from './settings.ts'

const DEFAULTS = { runs: '1200', least: '20000', lanes: '4' }
const MOST = 100_000_000

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
  const settings: ModelSettings = {
    runs: wholeNumber('--runs', options.runs ?? DEFAULTS.runs, 1, MOST),
    least: wholeNumber('--least', least, 0, MOST),
    seed: wholeNumber('--seed', options.seed ?? String(randomInt(2 ** 31)), 0, 2 ** 31 + 100),
    lanes: path ? 1 : wholeNumber('--lanes', options.lanes ?? DEFAULTS.lanes, 1, 32),
    path,
  }
  const child = spawn('vitest', ['run', '--config', 'test/model/vitest.config.ts', '--root', '.'], {
    stdio: 'inherit',
    env: { ...process.env, CURFEW_MODEL: JSON.stringify(settings) },
  })
  process.exitCode = await new Promise<number>((resolve) => {
    child.on('close', (code) => resolve(code ?? 1))
  })
})
