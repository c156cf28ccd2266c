/** The page's assets must never stand in the API's way, and what keeps them from being built is said in a sentence. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { paths } from '../../src/contract/paths.ts'
import { Misuse } from '../../src/dev/command-line.ts'
import { buildPage } from '../../src/dev/page.ts'
import { fromRoot } from '../../src/dev/root.ts'

test('every path of the API goes to the Worker before any asset', async () => {
  const settings = await readFile(fromRoot('wrangler.toml'), 'utf8')
  const [, list = ''] = /^run_worker_first = \[([^\]]*)\]/m.exec(settings) ?? []
  const patterns = [...list.matchAll(/"([^"]+)"/g)].map(([, pattern = '']) => pattern)
  const isFirst = (path: string) =>
    patterns.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : one === path))
  const late = Object.values(paths).filter((path) => path !== paths.home && !isFirst(path))
  expect(late).toEqual([])
})

const whatToDo = 'The page needs a folder there that you may write to, and room for it.'

test('a file where the folder should be: one sentence, with what to do', async () => {
  const file = fromRoot('wrangler.toml')
  const before = await readFile(file, 'utf8')
  await expect(buildPage(file)).rejects.toThrow(
    new Misuse(`${file} cannot be written (ENOTDIR). ${whatToDo}`),
  )
  expect(await readFile(file, 'utf8')).toBe(before)
})

// A folder in which nobody may make another, not even root.
test.skipIf(!existsSync('/sys/kernel'))('a folder that nobody may make: the same', async () => {
  await expect(buildPage('/sys/curfew-page')).rejects.toThrow(
    /^\/sys\/curfew-page cannot be written \(E(PERM|ACCES|ROFS)\)\. The page needs a folder .+\.$/,
  )
})

test('npm run page is the command that says so, and not the one of vite', async () => {
  const { scripts } = JSON.parse(await readFile(fromRoot('package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  expect(scripts.page).toBe('node src/dev/assets.ts')
})
