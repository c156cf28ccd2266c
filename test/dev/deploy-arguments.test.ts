/** Arguments of `npm run deploy`, as wrangler takes them: what goes live must not count as a dry run. */
import { describe, expect, test } from 'vitest'
import { readDeployArguments } from '../../src/dev/deploy-arguments.ts'

const read = (line: string) => readDeployArguments(line === '' ? [] : line.split(' '))

test('of none of them, all is as the file says', () => {
  expect(read('')).toEqual({
    vars: {},
    keepsVars: false,
    hasRoutes: false,
    isDry: false,
    isHelp: false,
  })
})

test('name the file, the environment and variables', () => {
  expect(read('-c a.toml --env=staging --var A:1 B:x:y C: --minify')).toEqual({
    config: 'a.toml',
    environment: 'staging',
    vars: { A: '1', B: 'x:y', C: '' },
    keepsVars: false,
    hasRoutes: false,
    isDry: false,
    isHelp: false,
  })
})

test('are what wrangler takes them for, however they are written, and no other flag’s value is a variable', () => {
  expect(read('-e=staging -c=a.toml')).toMatchObject({ config: 'a.toml', environment: 'staging' })
  expect(read('--define A:1 --var B:2 C:3 --message D:4 --var=E:5').vars).toEqual({
    B: '2',
    C: '3',
    E: '5',
  })
})

describe('a dry run', () => {
  test.each([
    '--dry-run',
    '--dry-run=true',
    '--dryRun',
    '-e staging --dry-run',
    '--dry-run --minify false',
  ])('is one with %s', (line) => {
    expect(read(line).isDry).toBe(true)
  })

  test.each([
    '--dry-run false',
    '--dry-run=false',
    '--no-dry-run',
    '--dry-run --no-dry-run',
    '--no-dry-run --dry-run',
    '--dry-run --dry-run=false',
    '--dry-run --dryRun false',
    '--dry-run --dryRun=false',
    '--dry-run --no-dryRun',
    '-- --dry-run',
  ])('is none with %s', (line) => {
    expect(read(line).isDry).toBe(false)
  })
})

test.each([
  ['--help', true],
  ['-h', true],
  ['-e staging --help', true],
  ['-h false', false],
  ['-h=false', false],
  ['--help=false', false],
  ['--help false', false],
  ['-h --no-help', false],
  ['-h0', false],
])('%s: only the help: %s', (line, isHelp) => {
  expect(read(line).isHelp).toBe(isHelp)
})

test.each([
  ['--keep-vars', true],
  ['--keep-vars=true', true],
  ['--keep-vars --minify', true],
  ['--keep-vars false', false],
  ['--keep-vars=false', false],
  ['--keep-vars --no-keep-vars', false],
])('%s: variables of before stay: %s', (line, keepsVars) => {
  expect(read(line).keepsVars).toBe(keepsVars)
})

test.each([
  ['--route auth.example.com/*', true],
  ['--routes a.example/* b.example/*', true],
  ['--route=auth.example.com/*', true],
  ['--domain auth.example.com', false],
  ['-- --route auth.example.com/*', false],
])('%s: routes take the place of the file’s: %s', (line, hasRoutes) => {
  expect(read(line).hasRoutes).toBe(hasRoutes)
})
