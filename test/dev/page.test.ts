/** The page's assets must never stand in the API's way. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { paths } from '../../src/contract/paths.ts'
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
