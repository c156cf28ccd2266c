/** The Redis of a start: the database that REDIS_URL names, and one sentence on whatever is wrong with it, or goes wrong later. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openBackend } from '../../src/dev/redis-backend.ts'
import { hasRedisServer } from '../support/backends.ts'
import { freePort } from '../support/commands.ts'
import { startTcpRedis } from '../support/tcp-redis.ts'

const password = 'sesame-of-the-tests'
const sentenceFor = (url: string): Promise<string> =>
  openBackend({ url }).then(
    () => 'opened',
    (error: Error) => error.message,
  )

test.each(['/abc', '/-1', '/1/2', '/1x'])('a path that names no database: %s', async (path) => {
  expect(await sentenceFor(`redis://user:${password}@127.0.0.1:1${path}`)).toBe(
    'The path of REDIS_URL must be the number of a database, such as redis://localhost:6379/0.',
  )
})

test('nobody is there', async () => {
  expect(await sentenceFor(`redis://user:${password}@127.0.0.1:1`)).toBe(
    'The Redis of REDIS_URL (127.0.0.1:1) does not answer (ECONNREFUSED).',
  )
})

test('something else is there, which may want TLS', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  expect(await sentenceFor(`rediss://127.0.0.1:${port}`)).toBe(
    `The Redis of REDIS_URL (127.0.0.1:${port}) does not answer (ECONNRESET). Does it speak TLS? rediss:// wants it, redis:// does not.`,
  )
  server.close()
})

test.skipIf(!hasRedisServer)(
  'a Redis that goes away and comes back: each is said once',
  async () => {
    const first = await startTcpRedis()
    const said: string[] = []
    const backend = await openBackend({ url: first.url }, (sentence) => said.push(sentence))
    onTestFinished(() => backend.close())
    const gone = `The Redis at 127.0.0.1:${first.port} has stopped answering: calls get 503 until it is back.`
    expect(said).toEqual([])
    await first.stop()
    await vi.waitFor(() => expect(said).toEqual([gone]), 5000)
    // It is asked again and again in the meantime.
    await pause(500)
    await startTcpRedis(first.port)
    await vi.waitFor(() => expect(said).toEqual([gone, 'It answers again.']), 5000)
    expect(await backend.run(0, ['EXISTS', 'here'])).toBe(0)
  },
)

test.skipIf(!hasRedisServer)(
  'a redis-server of our own: its end is said once, unless we end it',
  async () => {
    const said: string[] = []
    const [ends, stays] = [await open(said), await open(said)]
    onTestFinished(() => ends.close())
    process.kill(await processOf(ends))
    const gone =
      'The redis-server of this run has ended, and all data with it: stop this, and start again.'
    await vi.waitFor(() => expect(said).toEqual([gone]), 5000)
    await stays.close()
    await pause(500)
    expect(said).toEqual([gone])
  },
)

const open = (said: string[]) => openBackend('server', (sentence) => said.push(sentence))

async function processOf({ run }: Awaited<ReturnType<typeof open>>): Promise<number> {
  const [, id] = /process_id:(\d+)/.exec(String(await run(0, ['INFO', 'server']))) ?? []
  return Number(id)
}

describe.skipIf(!hasRedisServer)('a Redis with a password', () => {
  let server: ChildProcess
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const options = ['--port', String(port), '--save', '', '--requirepass', password]
    server = spawn('redis-server', options, { stdio: 'ignore' })
    const url = `redis://:${password}@127.0.0.1:${port}`
    for (let n = 0; n < 100 && (await sentenceFor(url)) !== 'opened'; n++) await pause(50)
  })
  afterAll(() => server.kill())

  test.each([
    ['no password', '', 'NOAUTH Authentication required.'],
    ['a wrong one', ':guess@', 'WRONGPASS invalid username-password pair or user is disabled.'],
  ])('%s', async (_, login, reason) => {
    expect(await sentenceFor(`redis://${login}127.0.0.1:${port}`)).toBe(
      `The Redis of REDIS_URL (127.0.0.1:${port}) refuses: ${reason}`,
    )
  })

  test('a database that it does not have is not taken for another', async () => {
    expect(await sentenceFor(`redis://:${password}@127.0.0.1:${port}/99`)).toBe(
      `The Redis of REDIS_URL (127.0.0.1:${port}) refuses: ERR DB index is out of range.`,
    )
  })

  test('a database that it has', async () => {
    const url = `redis://:${password}@127.0.0.1:${port}`
    const [zero, three] = [await openBackend({ url }), await openBackend({ url: `${url}/3` })]
    await three.run(0, ['SET', 'here', 'yes'])
    expect(await zero.run(0, ['EXISTS', 'here'])).toBe(0)
    expect(await three.run(0, ['EXISTS', 'here'])).toBe(1)
    expect(await zero.run(3, ['EXISTS', 'here'])).toBe(1)
    await expect(zero.run(99, ['EXISTS', 'here'])).rejects.toThrow('out of range')
    await zero.close()
    await three.close()
  })
})
