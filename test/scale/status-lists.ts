/** Measures status lists for a million sessions: places by the service's script on a real Redis, lists by its own code. */

import { randomFillSync } from 'node:crypto'
import { deflateSync, gzipSync } from 'node:zlib'
import { readKeys } from '../../src/crypto/published-keys.ts'
import { generateSigningKey, importSigningKeys } from '../../src/crypto/signing-keys.ts'
import { createStatusListTokens } from '../../src/crypto/status-list-token.ts'
import { statusListUri } from '../../src/crypto/verify-access-token.ts'
import { bitAt, verifyStatusList } from '../../src/crypto/verify-status-list.ts'
import { Misuse, readOptions, runCommand, wholeNumber } from '../../src/dev/command-line.ts'
import { type Backend, openBackend } from '../../src/dev/redis-backend.ts'
import {
  STATUS_LIST_DRAWS,
  STATUS_LIST_SIZE,
  STATUS_LIST_SIZE_MAX,
  STATUS_LIST_SIZE_MIN,
} from '../../src/domain/policy.ts'
import { defineScript } from '../../src/store/script.ts'
import { PLACES } from '../../src/store/status-places.ts'

const DEFAULT_SESSIONS = '1000000'
const MOST = 100_000_000
const BATCH = 500
const ISSUER = 'https://auth.example.com'

const help = `Measures status lists: what so many sessions take in Redis, and what it costs to build and to check their lists.

  npm run scale
  npm run scale -- --sessions 100000

Options
  --sessions <count>   how many sessions get a place (default ${DEFAULT_SESSIONS})
  --size <bits>        of one list, as STATUS_LIST_SIZE (default ${STATUS_LIST_SIZE})
  --help               this text

It needs a redis-server on the PATH, and starts one of its own.`

interface Trial {
  run: (...command: (string | number)[]) => ReturnType<Backend['run']>
  sessions: number
  size: number
}

const givePlace = defineScript(
  PLACES,
  `if (redis.call('GET', KEYS[11]) or '') ~= ARGV[24] then return { 'overtaken' } end
   local list, place = take_place(ARGV[17])
   return { list, place }`,
)

const textOf = (reply: unknown): string =>
  reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply)

const draw = (count: number, size: number): number[] =>
  Array.from(randomFillSync(new Uint32Array(count)), (number) => number % size)

/** Gives each session a place, in batches. One that a new list overtakes draws again, as in the service. */
async function giveAll({ run, sessions, size }: Trial): Promise<Map<string, number[]>> {
  const given = new Map<string, number[]>()
  await run('SET', 'token_version', 1)
  const life = 30 * 24 * 3600 * 1000
  for (let done = 0; done < sessions; ) {
    const held = await run('GET', 'statuslist')
    const current = held === null ? '' : textOf(held)
    const list = current.split(' ')[0] ?? ''
    const answers = await Promise.all(
      Array.from({ length: Math.min(BATCH, sessions - done) }, () => {
        const fresh = crypto.randomUUID()
        const [first = 0, ...candidates] = draw(STATUS_LIST_DRAWS + 1, size)
        const names = (id: string) =>
          ['', ':taken', ':realm'].map((part) => `statuslist:${id}${part}`)
        const keys = ['-', '-', 'token_version', ...Array(7).fill('-'), 'statuslist']
        keys.push(...names(list), ...names(fresh))
        const args: (string | number)[] = Array(28).fill('')
        args.splice(16, 1, life)
        args.splice(22, 6, size, current, fresh, first, candidates.length, 0)
        return run('EVAL', givePlace.source, keys.length, ...keys, ...args, ...candidates)
      }),
    )
    for (const answer of answers) {
      const [id, place] = Array.isArray(answer) ? answer.map(textOf) : []
      if (!id || id === 'overtaken') continue
      const places = given.get(id) ?? []
      if (places.length === 0) given.set(id, places)
      places.push(Number(place))
      done++
    }
  }
  return given
}

/** The time of the fastest of some runs, in milliseconds: it has the least of the machine's other load in it. */
async function best(work: () => unknown, runs = 15): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

const kb = (bytes: number): string => `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
const ms = (time: number): string => `${time.toFixed(time < 10 ? 1 : 0)} ms`
const table = (rows: string[][]): void => {
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}

async function measure(trial: Trial): Promise<void> {
  const { run, sessions, size } = trial
  const begun = performance.now()
  const given = await giveAll(trial)
  const took = (performance.now() - begun) / 1000
  let memory = 0
  for (const id of given.keys())
    for (const part of ['', ':taken', ':realm'])
      memory += Number(await run('MEMORY', 'USAGE', `statuslist:${id}${part}`))
  for (const places of given.values())
    if (new Set(places).size !== places.length) throw new Error('A place was given twice.')
  const counts = [...given.values()].map((places) => places.length)
  console.log(
    `${sessions} sessions, STATUS_LIST_SIZE=${size}: ${given.size} lists (${counts.join(' + ')})`,
  )
  console.log(`Redis memory of all lists: ${kb(memory)}; places given in ${took.toFixed(0)} s\n`)

  const key = await generateSigningKey()
  const keys = await importSigningKeys([key])
  const options = { keys, issuer: ISSUER, url: ISSUER, ttl: 30 }
  const tokens = createStatusListTokens(options)
  const { find: keyOf } = readKeys({ keys: keys.publicJwks })
  const [id = '', fullest = []] = [...given].sort(([, a], [, b]) => b.length - a.length)[0] ?? []
  const rows: string[][] = [
    ['ended', 'one list', 'gzipped', 'all lists, gzipped', 'build', 'deflate 1 / 6 / 9', 'check'],
    Array(7).fill('---'),
  ]
  for (const percent of [0, 1, 10]) {
    const bits = new Uint8Array(size / 8)
    const ended = fullest.slice(0, Math.round((fullest.length * percent) / 100))
    for (const place of ended) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7))
    // As Redis sends it, so that build() is measured with the decoding.
    const sent = Buffer.from(bits).toString('base64')
    const build = () =>
      tokens.publish(
        id,
        { bits: Buffer.from(sent, 'base64'), void: false, revokedTokens: [] },
        Date.now(),
      )
    const { text } = await build()
    const uri = statusListUri(ISSUER, id)
    const check = () => verifyStatusList(text, { uri, issuer: ISSUER, keyOf })
    const read = await check()
    if (ended.some((place) => bitAt(read.bits, place) !== true)) throw new Error('A bit was lost.')
    const levels: string[] = []
    for (const level of [1, 6, 9]) {
      const time = await best(() => deflateSync(bits, { level }))
      levels.push(`${ms(time)}, ${kb(deflateSync(bits, { level }).length)}`)
    }
    const zipped = gzipSync(text).length
    rows.push([
      `${percent} %`,
      kb(text.length),
      kb(zipped),
      kb((zipped * sessions) / fullest.length),
      ms(await best(build)),
      levels.join(' / '),
      ms(await best(check)),
    ])
  }
  table(rows)
  console.log(`\nOne reading of a list from Redis: ${kb((size / 8) * (4 / 3))}`)
}

runCommand(async () => {
  const options = readOptions({
    sessions: { type: 'string', default: DEFAULT_SESSIONS },
    size: { type: 'string', default: String(STATUS_LIST_SIZE) },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)
  const sessions = wholeNumber('--sessions', options.sessions, 1, MOST)
  const size = wholeNumber('--size', options.size, STATUS_LIST_SIZE_MIN, STATUS_LIST_SIZE_MAX)
  // Rounded down to whole bytes, as in the service.
  const wholeBytes = size & ~7
  const backend = await openBackend('server').catch((error: Error) => {
    throw new Misuse(error.message)
  })
  const run: Trial['run'] = (...command) => backend.run(0, command.map(String))
  await measure({ run, sessions, size: wholeBytes }).finally(() => backend.close())
})
