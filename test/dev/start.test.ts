/** `npm run dev` for real: comes up, serves, and leaves nothing behind however it ends. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { fromRoot } from '../../src/dev/root.ts'
import { newSigningKeys } from '../../src/dev/secrets.ts'
import { hasRedisServer } from '../support/backends.ts'
import { descendants, freePort, isAlive, run, start } from '../support/commands.ts'
import { complaints } from '../support/conformance.ts'
import { startTcpRedis } from '../support/tcp-redis.ts'

/** wrangler needs some seconds to bundle, more on a busy machine. */
const startTimeoutMs = 60_000
/** Whoever waits for that long is told so at once. */
const starting = /^ {2}Starting: .+ about ten seconds\.\n$/

let folder: string
let secrets: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-test-'))
  secrets = join(folder, 'secrets')
})
afterAll(() => rm(folder, { recursive: true }))

const post = (url: string, body: unknown, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

async function goneSoon(pids: number[]): Promise<void> {
  for (let waited = 0; waited < 6000 && pids.some(isAlive); waited += 50) await pause(50)
  expect(pids.filter(isAlive)).toEqual([])
}

describe.skipIf(process.platform === 'win32')('start', () => {
  test('comes up with a test account that can sign in and out, and stops with Ctrl-C', {
    timeout: 2 * startTimeoutMs,
  }, async () => {
    const port = await freePort()
    const args = ['--secrets', secrets]
    const TMPDIR = await mkdtemp(join(folder, 'temporary-'))
    const states = async () =>
      (await readdir(TMPDIR)).filter((name) => name.startsWith('curfew-state-'))
    const env = { PORT: String(port), AUDIENCE: 'tests', TMPDIR }
    const service = await start('start', args, env, 'Ctrl-C')
    const url = `http://localhost:${port}`
    expect(service.said()).toContain(url)
    expect(service.said()).toContain('test@example.com, password password123')
    const page = await fetch(url)
    const text = await page.text()
    expect(text).toContain('/assets/')
    // What a file has besides is HTTP's own.
    expect(
      complaints('home', { status: page.status, headers: page.headers, text }).filter(
        (sentence) => !sentence.endsWith('is not documented'),
      ),
    ).toEqual([])
    expect(await (await fetch(`${url}/docs/`)).text()).toContain('openapi.json')

    const account = { email: 'test@example.com', password: 'password123' }
    // A machine that does much else keeps Redis' answers waiting: a 503 asks for a repeat.
    const signedIn = await vi.waitFor(
      async () => {
        const answer = await post(`${url}/token?grant_type=password`, account)
        expect(answer.status).toBe(200)
        return answer
      },
      { timeout: 15_000, interval: 1000 },
    )
    const { access_token: token } = (await signedIn.json()) as { access_token: string }
    const bearer = { authorization: `Bearer ${token}` }
    // Nobody's sign-in at home says that it came from a town of wrangler's.
    const listed = await fetch(`${url}/sessions`, { headers: bearer })
    expect(await listed.json()).toMatchObject({ sessions: [{ place: '' }] })
    expect((await fetch(`${url}/user`, { headers: bearer })).status).toBe(200)
    expect((await post(`${url}/logout`, {}, bearer)).status).toBe(200)
    expect((await fetch(`${url}/user`, { headers: bearer })).status).toBe(401)

    // As the banner says: it fits this service, whatever the last start of others was.
    const [, flags = ''] = /npm run -s admin-token -- (.*)/.exec(service.said()) ?? []
    const minted = await run('admin-token', flags.split(' '))
    const admin = { authorization: `Bearer ${minted.stdout.trim()}` }
    expect((await fetch(`${url}/admin/users`, { headers: admin })).status).toBe(200)

    expect(service.said()).toContain(`made in ${secrets}\n`)
    const kept = await readFile(secrets, 'utf8')
    const pids = await descendants(service.child)
    expect(pids.length).toBeGreaterThan(2)
    // Of its own: the databases of another start may be locked.
    const [state = '', ...more] = await states()
    expect(more).toEqual([])
    expect(await readdir(join(TMPDIR, state)), 'wrangler works in it').toContain('v3')
    service.child.kill('SIGINT')
    expect(await service.ended).toBe(0)
    await goneSoon(pids)
    expect(await states()).toEqual([])

    // A second start, killed outright this time: same secrets, nothing left behind either.
    const again = await start('start', args, { PORT: String(port), TMPDIR }, 'Ctrl-C')
    expect(await readFile(secrets, 'utf8')).toBe(kept)
    expect(again.said()).not.toContain('Secrets')
    const others = await descendants(again.child)
    again.child.kill('SIGKILL')
    await goneSoon(others)
    expect(await states()).toEqual([])
  })

  test.skipIf(!hasRedisServer)(
    'told to stop while it asks for its account: no banner of a service that is gone',
    {
      timeout: startTimeoutMs,
    },
    async () => {
      const redis = await startTcpRedis()
      // From the first word of the account on, Redis says nothing more.
      const asked = Promise.withResolvers<void>()
      const gate = createServer((socket) => {
        const upstream = connect(redis.port, '127.0.0.1')
        upstream.pipe(socket)
        socket.on('data', (bytes) => {
          if (bytes.includes('test@example.com')) asked.resolve()
          else upstream.write(bytes)
        })
        for (const end of [socket, upstream]) end.on('error', () => {})
        socket.once('close', () => upstream.destroy())
      })
      onTestFinished(() => void gate.close())
      await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve))
      const { port } = gate.address() as { port: number }
      const env = { PORT: String(await freePort()), REDIS_URL: `redis://127.0.0.1:${port}` }
      const service = await start('start', ['--secrets', secrets], env, 'Starting')
      await asked.promise
      service.child.kill('SIGINT')
      expect(await service.ended).toBe(0)
      expect(service.said()).toMatch(starting)
    },
  )

  test('a taken port: one sentence, before anything is started', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = String((server.address() as { port: number }).port)
    const unborn = join(folder, 'unborn')
    const { code, stdout, stderr } = await run('start', ['--secrets', unborn], { PORT: port })
    server.close()
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(new RegExp(`^Port ${port} is taken\\. .+\\n$`))
    await expect(readFile(unborn)).rejects.toThrow()
  })

  test('a port that is taken after the look at it: says so, and touches nothing of whoever has it', {
    timeout: startTimeoutMs,
  }, async () => {
    const port = await freePort()
    const ownSecrets = join(folder, 'of-the-late-one')
    const asked: string[] = []
    const winner = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.end('{"status":"ok"}')
    })
    onTestFinished(() => void winner.close())
    const said = run('start', ['--secrets', ownSecrets], { PORT: String(port) })
    // Made after the look at the port, some seconds before wrangler wants it.
    await vi.waitUntil(() => existsSync(ownSecrets), { timeout: startTimeoutMs, interval: 10 })
    await new Promise<void>((resolve) => winner.listen(port, '127.0.0.1', resolve))
    const { code, stdout, stderr } = await said
    expect(code).toBe(1)
    expect(stdout).toMatch(starting)
    expect(stderr).toContain('Address already in use')
    expect(asked.filter((line) => line !== 'GET /health')).toEqual([])
  })

  test.each(['0', '65536', 'http', '-1', '80.5'])('PORT=%s is refused', async (port) => {
    const { code, stderr } = await run('start', [], { PORT: port })
    expect(code).toBe(1)
    expect(stderr).toBe(`PORT must be a whole number from 1 to 65535, not "${port}".\n`)
  })

  test('a BASE_PATH that is none is refused, before anything is started', async () => {
    const unborn = join(folder, 'without-a-path')
    const { code, stdout, stderr } = await run('start', ['--secrets', unborn], {
      PORT: String(await freePort()),
      BASE_PATH: 'auth',
    })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe("BASE_PATH must look like '/auth/v1'.\n")
    await expect(readFile(unborn)).rejects.toThrow()
  })

  test('settings that are wrong: each is named, before anything is started', async () => {
    const unborn = join(folder, 'without-settings')
    const { code, stdout, stderr } = await run('start', ['--secrets', unborn], {
      PORT: String(await freePort()),
      ACCESS_TOKEN_TTL: '5',
      SIGN_UP: 'maybe',
      CORS_ORIGINS: '*',
    })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    const [title, ...mistakes] = stderr.trimEnd().split('\n')
    expect(title).toBe('The configuration has 3 mistakes:')
    expect(mistakes.sort()).toEqual([
      expect.stringMatching(/^- ACCESS_TOKEN_TTL: must be at least \d+\.$/),
      expect.stringMatching(/^- CORS_ORIGINS: item 1 must be an origin .+\.$/),
      '- SIGN_UP: must be one of: open, closed.',
    ])
    await expect(readFile(unborn)).rejects.toThrow()
  })

  test('a secret that is wrong: the service says which, once, and nobody waits', {
    timeout: startTimeoutMs,
  }, async () => {
    const base = '/of-one-start'
    const short = join(folder, 'short-secret')
    const SIGNING_KEYS = await newSigningKeys()
    await writeFile(short, `SIGNING_KEYS='${SIGNING_KEYS}'\nREFRESH_SECRETS='short'\n`)
    const env = { PORT: String(await freePort()), BASE_PATH: base }
    const { code, stdout, stderr } = await run('start', ['--secrets', short], env)
    expect(code).toBe(1)
    expect(stdout).toMatch(starting)
    expect(stderr).toMatch(
      /has 1 mistake:\n- REFRESH_SECRETS: item 1 needs at least 32 characters\.\n$/,
    )
    expect(stderr.match(/REFRESH_SECRETS/g)?.length).toBe(1)
    expect(stderr.split('\n').length).toBeLessThan(10)
    // Its page was its own: what others serve or deploy has not heard of its settings.
    expect(await readFile(fromRoot('.wrangler/page/docs/index.html'), 'utf8')).not.toContain(base)
  })

  test('a Redis that does not answer: asked after the line that says how long a start takes', async () => {
    const env = { PORT: String(await freePort()), REDIS_URL: 'redis://user:secret@127.0.0.1:1' }
    const { code, stdout, stderr } = await run('start', ['--secrets', secrets], env)
    expect(code).toBe(1)
    expect(stdout).toMatch(starting)
    expect(stderr).toBe('The Redis of REDIS_URL (127.0.0.1:1) does not answer (ECONNREFUSED).\n')
  })

  test.each(['a-file', 'nowhere'])(
    'a TMPDIR that takes no file (%s): one sentence',
    async (name) => {
      const place = join(folder, name)
      if (name === 'a-file') await writeFile(place, '')
      const env = { PORT: String(await freePort()), TMPDIR: place }
      const { code, stdout, stderr } = await run('start', ['--secrets', secrets], env)
      expect(code).toBe(1)
      expect(stdout).toMatch(starting)
      expect(stderr).toMatch(/^\S+\/curfew-\S+ cannot be written \(ENO(TDIR|ENT)\)\. .*TMPDIR.*\n$/)
      expect(stderr).toContain(place)
    },
  )

  test('--help', async () => {
    const { stdout } = await run('start', ['--help'])
    expect(stdout).toContain('REDIS_URL')
    // Any setting but this one.
    expect(stdout).toMatch(/ISSUER is always/)
  })
})
