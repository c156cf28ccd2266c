/** The npm commands of a developer or operator, as typed. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, importSigningKeys } from '../../src/crypto/signing-keys.ts'
import { diskFault, diskFaultIn } from '../../src/dev/command-line.ts'
import { fromRoot } from '../../src/dev/root.ts'
import { ensureLocalSecrets, newSigningKeys, readSigningKeys } from '../../src/dev/secrets.ts'
import { run } from '../support/commands.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-test-'))
  file = join(folder, 'secrets')
  await ensureLocalSecrets(file)
})
afterAll(() => rm(folder, { recursive: true }))

const verify = async (token: string) => {
  const { publicJwks } = await importSigningKeys(await readSigningKeys(file))
  return jwtVerify(token, createLocalJWKSet({ keys: publicJwks }))
}

describe('admin-token', () => {
  test('prints the token alone, with the claims of the service role', async () => {
    const { code, stdout, stderr } = await run('admin-token', ['--keys', file], { PORT: '9999' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(stderr).toContain('http://localhost:9999')
    const { payload, protectedHeader } = await verify(stdout.trim())
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: 'http://localhost:9999',
      aud: 'authenticated',
      sub: 'service_role',
      role: 'service_role',
      client_id: 'service_role',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 3600,
    })
  })

  test('takes issuer, audience and life from the command line', async () => {
    const wish = ['--issuer', 'https://auth.example.com', '--audience', 'me', '--expires-in', '60']
    const { stdout } = await run('admin-token', ['--keys', file, ...wish])
    const { payload } = await verify(stdout.trim())
    expect(payload).toMatchObject({ iss: 'https://auth.example.com', aud: 'me' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
  })

  test('--help', async () => {
    const { code, stdout } = await run('admin-token', ['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('--expires-in')
  })

  test.each([
    [['--nonsense'], "Unknown option '--nonsense'. Try --help."],
    [['--expires-in', 'soon'], '--expires-in must be a whole number from 1 to 86400'],
    [['--expires-in', '86401'], '--expires-in must be a whole number from 1 to 86400'],
    [['--issuer', 'example'], '--issuer must be an http(s) URL.'],
    [['--issuer', 'https://a.example.com/'], '--issuer must have no query, fragment or slash'],
    [['--audience='], '--audience must not be empty'],
    [['--keys', 'PUBLIC_KEYS'], 'Key 1 has no private part (d): this is the public set.'],
    [['--keys', 'no-such-file'], 'There is no file or environment variable "no-such-file"'],
    [['extra'], "Unexpected argument 'extra'"],
  ])('%j: one sentence on stderr, nothing on stdout', async (args, sentence) => {
    const { publicJwks } = await importSigningKeys([await generateSigningKey()])
    const env = { PUBLIC_KEYS: JSON.stringify({ keys: publicJwks }) }
    const { code, stdout, stderr } = await run('admin-token', ['--keys', file, ...args], env)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

test.each(['assets', 'openapi', 'package'])(
  '%s has the --help that a mistake points to',
  async (name) => {
    const { code, stdout } = await run(name, ['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('npm run')
    const mistaken = await run(name, ['--nonsense'])
    expect(mistaken.stderr.trim()).toBe("Unknown option '--nonsense'. Try --help.")
  },
)

describe('keys', () => {
  const keySets = (text: string): JSONWebKeySet[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{"keys"'))
      .map((line) => JSON.parse(line) as JSONWebKeySet)
  const keySet = (text: string): JSONWebKeySet => keySets(text)[0] ?? { keys: [] }
  const inOneLine = (text: string): string => text.replace(/\s+/g, ' ')

  test('makes new secrets each time and says how to set them', async () => {
    const [one, two] = await Promise.all([run('keys', []), run('keys', [])])
    expect(one.stdout).toContain('wrangler secret put SIGNING_KEYS')
    expect(one.stdout).toMatch(/^[\w-]{43}$/m)
    expect(keySet(one.stdout).keys).toHaveLength(1)
    expect(keySet(one.stdout).keys[0]?.kid).not.toBe(keySet(two.stdout).keys[0]?.kid)
    expect(inOneLine(one.stdout)).toContain('Keep both secrets in your password store')
  })

  test('--rotate announces a new key, lets it sign, and takes the old one away', async () => {
    const present = await newSigningKeys()
    const [older] = (JSON.parse(present) as JSONWebKeySet).keys
    await writeFile(join(folder, 'keys.json'), present)
    const fromFile = await run('keys', ['--rotate', join(folder, 'keys.json')])
    const fromEnvironment = await run('keys', ['--rotate', 'KEYS_NOW'], { KEYS_NOW: present })
    for (const { stdout } of [fromFile, fromEnvironment]) {
      const [announced, promoted, retired] = keySets(stdout).map(({ keys }) => keys)
      const made = retired?.[0]
      expect(stdout).toContain(made?.kid)
      expect(made?.kid).not.toBe(older?.kid)
      expect(announced).toEqual([older, made])
      expect(promoted).toEqual([made, older])
      expect(retired).toEqual([made])
    }
  })

  test('--rotate begins with a look at the key that signs now, and each step renews the copy', async () => {
    const key = await generateSigningKey()
    const KEYS_NOW = JSON.stringify({ keys: [key] })
    const { stdout } = await run('keys', ['--rotate', 'KEYS_NOW'], { KEYS_NOW })
    const said = inOneLine(stdout)
    // A set that was retired before would bring its key back.
    const [look = '', ...steps] = said.split(/ [123]\. (?=[A-Z][a-z])/)
    expect(look).toMatch(new RegExp(`/jwks\\.json: the first kid there must be ${key.kid}\\.`))
    expect(steps).toHaveLength(3)
    for (const step of steps)
      expect(step).toContain('in place of the old one in your password store.')
  })

  test('--rotate says of a stolen key what a key that is gone leaves undone', async () => {
    const present = await newSigningKeys()
    const { stdout } = await run('keys', ['--rotate', 'KEYS_NOW'], { KEYS_NOW: present })
    const [, theft = ''] = inOneLine(stdout).split('Was a key stolen?')
    expect(theft).toContain('POST /admin/logout')
    expect(theft).toContain('ends nothing')
    expect(theft).toContain('/admin/audit')
    expect(theft).toContain('service_role')
  })

  test('--rotate keeps the old refresh secret for as long as a session of it may live', async () => {
    const KEYS_NOW = await newSigningKeys()
    const { stdout } = await run('keys', ['--rotate', 'KEYS_NOW'], { KEYS_NOW })
    const [, refresh = ''] = inOneLine(stdout).split('REFRESH_SECRETS rotates')
    expect(refresh).toContain(
      '3. after the longest SESSION_IDLE_TTL that was set since before step 2 (7 days',
    )
    expect(refresh).toContain('If one was stolen, deploy the new one alone immediately')
  })

  test('--rotate has the values of REFRESH_SECRETS too, where the source holds the present ones', async () => {
    const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
    const lines = `SIGNING_KEYS='${await newSigningKeys()}'\nREFRESH_SECRETS='${one}, ${two}'\n`
    await writeFile(join(folder, 'both'), lines)
    const { stdout } = await run('keys', ['--rotate', join(folder, 'both')])
    const made = stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(made).toMatch(/^[\w-]{43}$/)
    const values = stdout.split('\n').filter((line) => line.endsWith(made) || line.startsWith(made))
    expect(values).toEqual([`${one},${two},${made}`, `${made},${one},${two}`, made])
    expect(keySets(stdout)).toHaveLength(3)
  })

  test('--rotate of a refresh secret that the service would refuse is refused, and not shown', async () => {
    const lines = `SIGNING_KEYS='${await newSigningKeys()}'\nREFRESH_SECRETS='sesame'\n`
    const { code, stdout, stderr } = await run('keys', ['--rotate', 'LINES'], { LINES: lines })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      'The secrets of "LINES" cannot be used. REFRESH_SECRETS: item 1 needs at least 32 characters.\n',
    )
  })

  test('--rotate while an older key is still listed keeps it until the end', async () => {
    const older = [await generateSigningKey(), await generateSigningKey()]
    const { stdout } = await run('keys', ['--rotate', 'KEYS_NOW'], {
      KEYS_NOW: JSON.stringify({ keys: older }),
    })
    const [announced, promoted, retired] = keySets(stdout).map(({ keys }) => keys)
    const [made] = retired ?? []
    expect(announced).toEqual([older[0], made, older[1]])
    expect(promoted).toEqual([made, ...older])
  })

  test('--rotate makes no set that the service would not take', async () => {
    const [key] = [await generateSigningKey()]
    const { d: _private, ...publicKey } = key
    const many = Array.from({ length: 16 }, (_, i) => ({ ...key, kid: `key-${i}` }))
    const cases: [object[], string][] = [
      [[publicKey], 'Key 1 has no private part (d): this is the public set.'],
      [[{ ...key, kid: undefined }], 'Key 1 has no id (kid) of 1 to 256 characters.'],
      [many, 'first take those away whose tokens have expired.'],
    ]
    const all = cases.map(async ([keys, sentence]) => {
      const env = { KEYS_NOW: JSON.stringify({ keys }) }
      const { code, stdout, stderr } = await run('keys', ['--rotate', 'KEYS_NOW'], env)
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toContain(sentence)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    })
    await Promise.all(all)
  })

  test('--client makes a secret and an entry that the service takes', async () => {
    const { stdout } = await run('keys', ['--client', 'my-api'])
    const secret = stdout.match(/^[\w-]{43}$/m)?.[0] ?? ''
    const entry = stdout.split('\n').find((line) => line.startsWith('{')) ?? ''
    const hash = createHash('sha256').update(secret).digest('hex')
    expect(JSON.parse(entry)).toEqual({ id: 'my-api', secret_sha256: [hash] })
  })

  test.each<[string[], string]>([
    [['--client', 'my api'], '--client must be 1 to 64 letters'],
    [['--client', 'curfew'], '--client must not be a built-in client (curfew, service_role).'],
    [['--client', 'my-api', '--rotate', 'KEYS'], '--rotate and --client are two things'],
  ])('%j is refused in a sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await run('keys', args)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(sentence)
  })

  test.each([
    [
      'SIGNING_KEYS',
      " Set it for this command: SIGNING_KEYS='…' npm run -s keys -- --rotate SIGNING_KEYS",
    ],
    ['elsewhere/.dev.vars', ' `npm run dev` makes .dev.vars.'],
    ['no-such-file.json', ''],
  ])(
    '--rotate of what is not there (%s): how to have it there, where that is known',
    async (source, hint) => {
      const { code, stdout, stderr } = await run('keys', ['--rotate', source])
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toBe(`There is no file or environment variable "${source}".${hint}\n`)
    },
  )

  test('keys that were pasted with quotation marks are told of these', async () => {
    const env = { QUOTED: `'${await newSigningKeys()}'` }
    const { code, stderr } = await run('keys', ['--rotate', 'QUOTED'], env)
    expect(code).toBe(1)
    expect(stderr).toBe(
      'The SIGNING_KEYS of "QUOTED" cannot be used. They must not begin with a quotation mark: set it without.\n',
    )
  })

  test('keys that cannot be used are named, not shown', async () => {
    const set = JSON.parse(await newSigningKeys()) as { keys: Record<string, string>[] }
    const [key = {}] = set.keys
    const twice = JSON.stringify({ keys: [key, key] })
    for (const bad of ['{"keys":1}', '{', twice, JSON.stringify({ keys: [{ ...key, x: 'AA' }] })]) {
      const { code, stdout, stderr } = await run('keys', ['--rotate', 'BAD'], { BAD: bad })
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^The SIGNING_KEYS of "BAD" cannot be used\. .+\n$/)
      expect(stderr).not.toContain(key.d)
    }
  })
})

describe('local secrets', () => {
  test('are readable by their owner only, and stay as they are', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const before = await readSigningKeys(file)
    expect(await ensureLocalSecrets(file)).toEqual({ made: [] })
    expect(await readSigningKeys(file)).toEqual(before)
  })

  test('what is missing is added behind what is there', async () => {
    const partly = join(folder, 'partly')
    await writeFile(partly, 'REFRESH_SECRETS=mine')
    expect(await ensureLocalSecrets(partly)).toEqual({ made: ['SIGNING_KEYS'] })
    expect(await readSigningKeys(partly)).toHaveLength(1)
    expect((await stat(partly)).mode & 0o777).toBe(0o600)
  })
})

describe.skipIf(!existsSync('/dev/full'))('what is printed and not taken', () => {
  /** The same behind a shell, which says where the output goes and how the command ended. */
  const shell = (line: string): Promise<string> =>
    new Promise((resolve) => {
      const [dev, node] = [fromRoot('src/dev'), process.execPath]
      const env = { ...process.env, KEYS: file, NODE: node }
      const options = { cwd: dev, env, timeout: 40_000 }
      execFile('/bin/sh', ['-c', line], options, (_, __, stderr) => resolve(stderr))
    })
  const commands = ['keys.ts', 'keys.ts --client my-api', 'keys.ts --help', 'admin-token.ts']
  const line = (command: string) =>
    `"$NODE" ${command.replace('-token.ts', '-token.ts --keys "$KEYS"')}`

  test.each(commands)('%s on a full disk fails, in a sentence', async (command) => {
    const said = await shell(`${line(command)} > /dev/full; echo "code $?" >&2`)
    expect(said).toMatch(/(^|\n)The output cannot be written \(ENOSPC\)\.\ncode 1\n$/)
  })

  test.each(commands)('%s whose reader is gone fails, and says nothing of it', async (command) => {
    const said = await shell(`{ sleep 0.3; ${line(command)}; echo "code $?" >&2; } | :`)
    expect(said).toMatch(/^(Admin token for .+\n)?code 1\n$/)
  })
})

describe('what the disk does not take', () => {
  const fault = (code: string, syscall: string, path?: string) =>
    diskFault(Object.assign(new Error('as Node has it'), { code, syscall, path }))

  test('is said in a sentence', () => {
    expect(fault('EROFS', 'mkdir', '/house')).toBe('/house cannot be written (EROFS).')
    // As node:fs has it when a folder is emptied whose parent is not ours.
    for (const syscall of ['rm', 'rmdir', 'unlink', 'rename'])
      expect(fault('EACCES', syscall, '/dist')).toBe('/dist cannot be written (EACCES).')
    expect(fault('ENOSPC', 'write')).toBe('A file cannot be written (ENOSPC).')
    expect(fault('ENOSPC', 'mkdtemp', '/tmp/x')).toMatch(/^\/tmp\/x .+\(ENOSPC\)\. TMPDIR must /)
    expect(diskFaultIn("Error: ENOSPC: no space left, copyfile 'a' -> 'b'", '/tmp/page')).toBe(
      '/tmp/page cannot be written (ENOSPC).',
    )
  })

  test('is nothing else: every other fault keeps its stack', () => {
    expect(fault('ENOENT', 'open', '/house')).toBeUndefined()
    expect(fault('EACCES', 'listen')).toBeUndefined()
    expect(diskFault(new Error('of ours'))).toBeUndefined()
    expect(diskFaultIn('Could not resolve "ERROFS"', '/tmp/page')).toBeUndefined()
  })
})
