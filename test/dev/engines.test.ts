/** The embedded engine against the real one: the same commands, the same replies. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Backend, openBackend } from '../../src/dev/redis-backend.ts'
import { startRedisServer } from '../../src/dev/redis-server.ts'
import { hasRedisServer } from '../support/backends.ts'
import { hashes, scripts, sortedSets, strings } from './redis-vectors.ts'

/** One character a byte, so that a difference in one byte shows. */
const plain = (reply: unknown): unknown => {
  if (Array.isArray(reply)) return reply.map(plain)
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('latin1')
  return reply
}
const answer = (backend: Backend, database: number, command: string[]) =>
  backend.run(database, command).then(plain, (error: Error) => ({ error: error.message }))

describe.skipIf(!hasRedisServer)('embedded and redis-server', () => {
  let embedded: Backend
  let real: Backend
  beforeAll(async () => {
    embedded = await openBackend('embedded')
    real = await openBackend('server')
  })
  afterAll(async () => {
    await embedded.close()
    await real.close()
  })

  test.each([
    ['strings', strings],
    ['hashes', hashes],
    ['sorted sets', sortedSets],
    ['scripts', [['SET', 'y', '1'], ...scripts]],
  ])('agree on %s', async (name, vectors) => {
    const database = name.length
    const left: unknown[] = []
    const right: unknown[] = []
    for (const command of vectors) {
      left.push([command.join(' '), await answer(embedded, database, command)])
      right.push([command.join(' '), await answer(real, database, command)])
    }
    expect(left).toEqual(right)
  })

  test('agree on streams, but for the ids', async () => {
    const results = []
    for (const backend of [embedded, real]) {
      const run = (line: string) => answer(backend, 30, line.split(' '))
      for (let n = 0; n < 6; n++) await run(`XADD s MAXLEN 4 * n ${n} text é`)
      const newest = (await run('XREVRANGE s + - COUNT 2')) as [string, string[]][]
      const cursor = newest[1]?.[0] ?? ''
      const older = (await run(`XREVRANGE s (${cursor} - COUNT 2`)) as [string, string[]][]
      const ids = [...newest, ...older].map(([id]) => id)
      expect(new Set(ids).size).toBe(4)
      expect(ids.every((id) => Math.abs(Number.parseInt(id, 10) - Date.now()) < 5000)).toBe(true)
      results.push([newest, older].map((list) => list.map(([, fields]) => fields)))
      results.push([await run('XLEN s'), await run('KEYS *'), await run('XRANGE none - +')])
    }
    expect(results.slice(0, 2)).toEqual(results.slice(2))
  })
})

test('what the embedded engine cannot do it refuses', async () => {
  const backend = await openBackend('embedded')
  const lines = [
    'EXPIRE a 5 NX',
    'ZADD a GT 1 m',
    'XADD s 5-1 a b',
    'XADD s NOMKSTREAM * a b',
    'XTRIM s MAXLEN 1',
  ]
  for (const line of lines) await expect(backend.run(0, line.split(' '))).rejects.toThrow(/^ERR /)
  await backend.close()
})

test.skipIf(!hasRedisServer)(
  'a redis-server whose socket is there before it listens is waited for',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-slow-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const binary = join(folder, 'redis-server')
    // Whoever dies without closing its socket leaves the file, which refuses connections as one does that is not listened on yet.
    const bind =
      "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"
    const script = `#!/bin/sh\n"${process.execPath}" -e "${bind}" "$4"\nsleep 0.3\nexec redis-server "$@"\n`
    await writeFile(binary, script, { mode: 0o755 })
    const engine = await startRedisServer(binary)
    onTestFinished(() => engine.close())
    expect(plain(await engine.run(0, ['PING']))).toBe('PONG')
  },
)
