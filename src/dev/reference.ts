/** Puts the reference that is shown at /docs among the static assets. Fetches nothing: the viewer is an installed package. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { basePath } from './deployed.ts'
import { deployedAssets } from './page.ts'
import { fromRoot } from './root.ts'

const source = fromRoot('src/docs')
const viewer = fromRoot('node_modules/swagger-ui-dist')
const viewerFiles = ['swagger-ui-bundle.js', 'swagger-ui.css']

export async function buildReference(assets = deployedAssets): Promise<void> {
  const target = join(assets, 'docs')
  await mkdir(target, { recursive: true })
  const page = await readFile(join(source, 'index.html'), 'utf8')
  await put(join(target, 'index.html'), withBasePath(page, await basePath()))
  await put(join(target, 'start.js'), await readFile(join(source, 'start.js'), 'utf8'))
  for (const name of viewerFiles)
    await put(join(target, name), await readFile(join(viewer, name), 'utf8'))
  await addHeaders(join(assets, '_headers'), await readFile(join(source, '_headers'), 'utf8'))
}

/** Leaves an unchanged file alone: a wrangler that serves it would restart, in the middle of a request. */
async function put(file: string, text: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => null)
  if (present !== text) await writeFile(file, text)
}

const withBasePath = (page: string, path: string): string =>
  page
    .replace('data-base-path=""', `data-base-path="${path}"`)
    .replaceAll('../openapi.json', `..${path}/openapi.json`)

/** Puts the rules after those of the demo page that are there already: for /docs they replace some of those. */
async function addHeaders(file: string, rules: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (!present.includes(rules))
    await writeFile(file, `${present.trimEnd()}\n\n${rules}`.trimStart())
}
