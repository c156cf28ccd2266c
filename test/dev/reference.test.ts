/** The reference at /docs, as it is built: it asks this service and nobody else. */
import { readFile, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { buildReference } from '../../src/dev/reference.ts'
import { fromRoot } from '../../src/dev/root.ts'

const built = (name: string) => readFile(fromRoot(`.wrangler/page/${name}`), 'utf8')

test('loads what lies beside it, and is told so by its headers once, however often it is built', async () => {
  await buildReference()
  await buildReference()
  const page = await built('docs/index.html')
  const sources = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source)
  expect(sources).toEqual([
    'data:,',
    'swagger-ui.css',
    'swagger-ui-bundle.js',
    'start.js',
    '../openapi.json',
  ])
  expect(await built('docs/start.js')).not.toMatch(/https?:/)
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/)
  expect((await built('docs/swagger-ui-bundle.js')).length).toBeGreaterThan(1_000_000)
  expect((await built('docs/swagger-ui.css')).length).toBeGreaterThan(10_000)
  // The page's own rules may stand before them.
  const [, rules = '', ...again] = (await built('_headers')).split('/docs/*\n')
  expect(again).toEqual([])
  expect(rules).toContain('  ! Content-Security-Policy\n')
  expect(rules.match(/script-src 'self';/g)?.length).toBe(1)
  expect(rules).toContain("default-src 'none'")
})

test('what is the same already is not written again, under a service that serves it', async () => {
  const files = ['docs/index.html', 'docs/start.js', 'docs/swagger-ui-bundle.js', '_headers']
  const times = () =>
    Promise.all(files.map(async (name) => (await stat(fromRoot(`.wrangler/page/${name}`))).mtimeMs))
  const before = await times()
  await buildReference()
  expect(await times()).toEqual(before)
})
