/** The rules about our own files: stairs that go one way, small files with a sentence on the door, Lua that names its keys. */

import { describe, expect, test } from 'vitest'
import { forbiddenEdges, type House, importsOf, readHouse, rings, rooms } from './support/house.ts'
import { commandsOf, strayKeys } from './support/lua-keys.ts'
import { scripts } from './support/scripts.ts'
import { behindLimiter } from './support/scripts-behind-limiter.ts'

const house = await readHouse()
const outside = (room: string): [string, string][] =>
  [...house].filter(([file]) => !file.startsWith(`${room}/`))
const filesWith = (pattern: RegExp, files: [string, string][] = [...house]): string[] =>
  files.filter(([, source]) => pattern.test(source)).map(([file]) => file)

describe('the stairs', () => {
  test('go one way', () => {
    expect(forbiddenEdges(house)).toEqual([])
  })

  test('make no ring of files, type imports included', () => {
    expect(rings(house)).toEqual([])
  })

  test('lead into the workshop from nowhere', () => {
    const into = Object.entries(rooms).filter(([, { rooms }]) => rooms.includes('dev'))
    expect(into).toEqual([])
  })

  test.each([
    { name: 'jose', only: ['crypto'] },
    { name: 'node:crypto', only: ['crypto'] },
    { name: '@upstash/redis', only: ['store'] },
    { name: 'hono', only: ['http', 'app', 'worker', 'guard'] },
  ])('let $name in at $only only', ({ name, only }) => {
    const open = Object.entries(rooms).filter(([, { packages }]) => packages.test(name))
    expect(open.map(([room]) => room).toSorted()).toEqual(only.toSorted())
  })

  test('leave the environment to the worker', () => {
    const reads = /\b(c|context|process)\.env\b|import\.meta\.env|cloudflare:workers/
    expect(filesWith(reads, outside('dev')).filter((file) => file !== 'worker.ts')).toEqual([])
  })

  test('leave the clock and chance to whoever wires: domain is handed both', () => {
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bcrypto\.|\bfetch\(/
    expect(filesWith(impure).filter((file) => file.startsWith('domain/'))).toEqual([])
  })
})

describe('every file', () => {
  test('opens with a sentence on what it owns', () => {
    // Reluctant up to the comment's end; the first words may be a path or a command, and the last sign is a full stop.
    const opens =
      /^(?:'use client'\n\n)?\/\*\*\s+(?:\* )?[A-Z/`](?:(?!\*\/)[\s\S])*\.(?:[\s*]+@module)?\s*\*\/\n/
    expect([...house].filter(([, source]) => !opens.test(source)).map(([file]) => file)).toEqual([])
  })

  test('has at most 300 lines', () => {
    const long = [...house].filter(([, source]) => source.trimEnd().split('\n').length > 300)
    expect(long.map(([file]) => file)).toEqual([])
  })

  test('has a name of its own', () => {
    const idle = /(^|\/)(utils?|helpers?|common|managers?|misc|shared)(\.|\/)/
    expect([...house.keys()].filter((file) => idle.test(file))).toEqual([])
  })

  test('has a name in small letters with hyphens', () => {
    expect([...house.keys()].filter((file) => !/^[a-z0-9/-]+\.tsx?$/.test(file))).toEqual([])
  })
})

describe('every Lua script', () => {
  const failing = (check: (source: string) => boolean): string[] =>
    [...scripts].filter(([, source]) => !check(source)).map(([name]) => name)

  test('is in one of the files that this test reads', () => {
    expect(filesWith(/redis\.call\(/, outside('dev'))).toEqual([
      // Pieces that scripts of accounts and of sessions share.
      'store/account-making.ts',
      'store/account-scripts.ts',
      'store/audit-scripts.ts',
      // What stands around one of the scripts when the limiter's goes in front.
      'store/counted-script.ts',
      // Pieces that the scripts are put together from.
      'store/lua.ts',
      'store/operator-scripts.ts',
      'store/read-scripts.ts',
      'store/session-scripts.ts',
      // Another piece.
      'store/status-places.ts',
      'store/token-scripts.ts',
    ])
  })

  test('touches no key that is not named in KEYS', () => {
    const stray = [...scripts].flatMap(([name, source]) =>
      strayKeys(source).map((key) => `${name}: ${key}`),
    )
    expect(stray).toEqual([])
  })

  test('sees its own KEYS and ARGV and no others behind the limiter', () => {
    // The limiter would take a third key for a limit of its own, and ours count from one.
    const source = behindLimiter({ source: '#!lua flags=allow-key-locking\nreturn #KEYS' }).source
    expect(source.match(/^#!lua[^\n]*$/gm)).toEqual(['#!lua flags=allow-key-locking'])
    expect(source).toContain('count(part(KEYS, 1, 2), part(ARGV, 1, 4))')
    expect(source).toContain('change(part(KEYS, 3, #KEYS), part(ARGV, 5, #ARGV))')
    expect(strayKeys(source.slice(source.indexOf('local function part')))).toEqual([])
  })

  test('walks no keyspace, and gets its time from the caller', () => {
    const refused = [
      'KEYS',
      'SCAN',
      'SSCAN',
      'HSCAN',
      'ZSCAN',
      'RANDOMKEY',
      'FLUSHDB',
      'FLUSHALL',
      'TIME',
    ]
    expect(failing((source) => !commandsOf(source).some((name) => refused.includes(name)))).toEqual(
      [],
    )
  })

  test('keeps Upstash from locking the whole database', () => {
    expect(failing((source) => source.startsWith('#!lua flags=allow-key-locking\n'))).toEqual([])
  })

  test('says above itself what its KEYS are', () => {
    const bare = [...house].flatMap(([file, source]) =>
      [...source.matchAll(/(\*\/\n)?export const (\w+) = defineScript\(/g)]
        .filter(({ index, 1: comment }) => {
          const above = source.slice(source.lastIndexOf('/**', index), index)
          return comment === undefined || !/\bKEYS\b/.test(above)
        })
        .map(([, , name]) => `${file} ${name}`),
    )
    expect(bare).toEqual([])
  })

  test('is the only way to more than a few plain commands', () => {
    const walks = /\b(client|redis|pipeline)\s*\.(keys|scan|hscan|sscan|zscan|flushdb|flushall)\(/
    expect(filesWith(walks, outside('dev'))).toEqual([])
  })
})

describe('the check of edges itself', () => {
  const door = '/** Owns nothing. */\n'
  const plan = (files: Record<string, string>): House =>
    new Map([
      ...house,
      ...Object.entries(files).map(([file, code]) => [file, door + code] as const),
    ])
  const stub = Object.fromEntries(
    ['client', 'react', 'guard', 'demo'].map((room) => [`${room}/index.ts`, 'export const a = 1']),
  )

  /** What is found of the planted file alone. */
  const wrongIn = (file: string, code: string): string[] =>
    forbiddenEdges(plan({ ...stub, [file]: code })).filter((sentence) => sentence.startsWith(file))

  test.each([
    ['http/planted.ts', "import { keys } from '../store/keys.ts'"],
    ['http/planted.ts', "import type { Script } from '../store/script.ts'"],
    ['http/planted.ts', "import { createApp } from '../app.ts'"],
    ['http/planted.ts', "import { digests } from '../crypto/digest.ts'"],
    ['store/planted.ts', "import { digests } from '../crypto/digest.ts'"],
    ['store/planted.ts', "export { digests } from '../crypto/digest.ts'"],
    ['store/planted.ts', "export * from '../http/problem.ts'"],
    ['crypto/planted.ts', "import { keys } from '../store/keys.ts'"],
    ['domain/planted.ts', "import { refused } from '../http/problem.ts'"],
    ['domain/planted.ts', "import type { Config } from '../config.ts'"],
    ['domain/planted.ts', "import { jwtVerify } from 'jose'"],
    ['domain/planted.ts', "import { createHash } from 'node:crypto'"],
    ['domain/planted.ts', "const lazy = () => import('../store/keys.ts')"],
    ['domain/planted.ts', "let k: import('../store/script.ts').Script"],
    ['domain/planted.ts', "import {\n  type A,\n  type B,\n} from '../http/environment.ts'"],
    ['contract/planted.ts', "import { ok } from '../domain/result.ts'"],
    ['contract/planted.ts', "import '../domain/result.ts'"],
    ['app.ts', "import { logout } from './domain/logout.ts'"],
    ['app.ts', "import { keys } from './store/keys.ts'"],
    ['worker.ts', "import { requirePerson } from './http/authenticate.ts'"],
    ['http/planted.ts', "import { openApiDocument } from '../document/document.ts'"],
    ['app.ts', "import { openApiDocument } from './document/document.ts'"],
    ['document/planted.ts', "import { createApp } from '../app.ts'"],
    ['domain/planted.ts', "import document from '../document/openapi.json'"],
    ['config.ts', "import type { Services } from './http/environment.ts'"],
    ['store/planted.ts', "import { Hono } from 'hono'"],
    ['http/planted.ts', "import { Redis } from '@upstash/redis'"],
    ['http/planted.ts', "import { createHash } from 'node:crypto'"],
    ['dev/planted.ts', "import { Redis } from '@upstash/redis'"],
    ['dev/planted.ts', "import { createApp } from '../app.ts'"],
    ['dev/planted.ts', "import { keys } from '../store/keys.ts'"],
    ['worker.ts', "import { root } from './dev/root.ts'"],
    ['client/planted.ts', "import { ok } from '../domain/result.ts'"],
    ['client/planted.ts', "import { a } from '../react/index.ts'"],
    ['client/planted.ts', "import { useState } from 'react'"],
    ['react/planted.tsx', "import { paths } from '../contract/paths.ts'"],
    ['react/planted.tsx', "import { a } from '../demo/index.ts'"],
    ['guard/planted.ts', "import type { Services } from '../http/environment.ts'"],
    ['guard/planted.ts', "import { jwtVerify } from 'jose'"],
    ['guard/planted.ts', "import { createSessions } from '../store/sessions.ts'"],
    ['guard/planted.ts', "import { importSigningKeys } from '../crypto/signing-keys.ts'"],
    ['store/revocations.ts', "import { createSessions } from './sessions.ts'"],
    ['crypto/verify-status-list.ts', "import { ALGORITHM } from './signing-keys.ts'"],
    ['demo/planted.tsx', "import { ok } from '../domain/result.ts'"],
    ['http/planted.ts', "import { a } from '../guard/index.ts'"],
    ['domain/planted.ts', "import { a } from '../../package.json'"],
    ['http/planted.ts', "import { a } from '../domain/no-such-file.ts'"],
    ['utils/planted.ts', ''],
  ])('finds in %s: %j', (file, code) => {
    expect(wrongIn(file, code)).toHaveLength(1)
  })

  test.each([
    ['http/planted.ts', "import { ok } from '../domain/result.ts'"],
    ['app.ts', "import { BODY_LIMIT } from './domain/policy.ts'"],
    ['worker.ts', "import type { Services } from './http/environment.ts'"],
    ['client/planted.ts', "import { paths } from '../contract/paths.ts'"],
    [
      'react/planted.tsx',
      "import { a } from '../client/index.ts'\nimport { useState } from 'react'",
    ],
    ['guard/planted.ts', "import { createRevocations } from '../store/revocations.ts'"],
    ['guard/planted.ts', "import { createVerifier } from '../crypto/verified-tokens.ts'"],
    ['demo/planted.tsx', "import { a } from '../react/index.ts'"],
    ['dev/planted.ts', "import { readFile } from 'node:fs/promises'"],
    ['domain/planted.ts', "// import { keys } from '../store/keys.ts'"],
    ['domain/planted.ts', "/* import { keys } from '../store/keys.ts' */"],
    ['domain/planted.ts', "export const from = 'jose'"],
  ])('lets pass in %s: %j', (file, code) => {
    expect(wrongIn(file, code)).toEqual([])
  })

  test('sees every import of a real file', () => {
    const source = house.get('http/problem.ts') ?? ''
    expect(importsOf('http/problem.ts', source)).toContainEqual({
      from: 'http/problem.ts',
      to: '../contract/errors.ts',
      typeOnly: true,
    })
    expect(importsOf('http/problem.ts', source)).toHaveLength(
      source.match(/^import /gm)?.length ?? 0,
    )
  })

  test('finds a ring, even one of types', () => {
    const ring = plan({
      'domain/one.ts': "import type { B } from './two.ts'",
      'domain/two.ts': "import type { C } from './three.ts'",
      'domain/three.ts': "import type { A } from './one.ts'",
    })
    expect(rings(ring)).toEqual(['domain/one.ts → domain/two.ts → domain/three.ts → domain/one.ts'])
  })

  test('finds a file that imports itself', () => {
    const ring = plan({ 'domain/one.ts': "import type { A } from './one.ts'" })
    expect(rings(ring)).toEqual(['domain/one.ts → domain/one.ts'])
  })
})

describe('the check of Lua itself', () => {
  test.each([
    ["redis.call('GET', 'users')", 'GET of'],
    ["redis.call('GET', 'user:' .. ARGV[1])", 'GET of'],
    ["redis.call('GET', ARGV[1])", 'GET of ARGV[1]'],
    ["redis.call('DEL', KEYS[1], ARGV[1])", 'DEL of ARGV[1]'],
    ['local user = ARGV[1]\nredis.call("x")\nredis.call(\'GET\', user)', 'GET of user'],
    ["local a, b = KEYS[1], ARGV[1]\nredis.call('GET', b)", 'GET of b'],
    ["local a = KEYS[1] .. ':detail'\nredis.call('GET', a)", 'GET of a'],
    ["local entry = { 'XADD', ARGV[1], '*' }\nredis.call(unpack(entry))", 'of ARGV[1]'],
    ["local function f(key)\n  redis.call('GET', key)\nend\nf(ARGV[1])", 'f of ARGV[1]'],
  ])('finds in %j: %s', (source, sentence) => {
    expect(strayKeys(source).join('; ')).toContain(sentence)
  })

  test.each([
    "redis.call('GET', KEYS[1])",
    "redis.call('MGET', unpack(KEYS))",
    "redis.call('DEL', KEYS[at[members[i]]], KEYS[at[members[i]] + 1])",
    "local user, now = KEYS[1], ARGV[4]\nredis.call('HSET', user, 'a', ARGV[1])",
    "local entry = { 'XADD', KEYS[1], '*' }\nredis.call(unpack(entry))",
    "local function f(key, v)\n  redis.call('SET', key, v)\nend\nf(KEYS[2], ARGV[1])",
  ])('lets pass: %j', (source) => {
    expect(strayKeys(source)).toEqual([])
  })

  test('reads the commands of a script', () => {
    expect(commandsOf("redis.call('GET', KEYS[1]) redis.call('SCAN', '0')")).toEqual([
      'GET',
      'SCAN',
    ])
  })
})
