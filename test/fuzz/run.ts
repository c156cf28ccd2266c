/** `npm run test:fuzz`: sends bad input to every operation and every reader of tokens. */

import { startVitest } from 'vitest/node'
import { Misuse, readOptions, runCommand, wholeNumber } from '../../src/dev/command-line.ts'

const HELP = `Sends requests made from the OpenAPI document, right, almost right and wrong, and judges every answer.

npm run test:fuzz -- [options]

  --requests N   how many requests, and how many texts for each reader of tokens (5000)
  --seed N       what chance begins with: the same one makes the same requests (a new one each time)
  --replay JSON  sends one request again, as a failed run printed it
  --help         this`

async function main(): Promise<void> {
  const { help, ...given } = readOptions({
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  })
  if (help) return console.log(HELP)
  const requests = wholeNumber('--requests', given.requests, 1, 100_000_000)
  const seed = wholeNumber('--seed', given.seed, 0, 2 ** 31 - 1)
  const replay = given.replay ?? null
  console.log(`--requests ${requests} --seed ${seed}`)
  const vitest = await startVitest('test', [], {
    config: 'test/fuzz/vitest.config.ts',
    watch: false,
    provide: { fuzz: { requests, seed, replay } },
  })
  const ran = vitest.state.getCountOfFailedTests() === 0 && vitest.state.getFiles().length > 0
  await vitest.close()
  if (!ran) throw new Misuse('The fuzzer found something.')
}

runCommand(main)
