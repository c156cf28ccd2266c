/** Owns a folder of somebody else's app with the package as npm would ship it, and the README's examples. Never runs them. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fromRoot } from '../../../src/dev/root.ts'

const execute = promisify(execFile)
const npm = (cwd: string, ...args: string[]) =>
  execute('npm', args, { cwd, shell: process.platform === 'win32' })

const packed = fromRoot('.wrangler/browser/package')

/** Call once, before all tests: packing rebuilds `dist`, of which there is one, so no two may do it at a time. */
export async function packPackage(): Promise<void> {
  await rm(packed, { recursive: true, force: true })
  await mkdir(packed, { recursive: true })
  await npm(fromRoot('.'), 'pack', '--pack-destination', packed)
}

/** The README's blocks of code in one language that use the package. */
export async function examples(language: string): Promise<string[]> {
  const readme = await readFile(fromRoot('README.md'), 'utf8')
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))]
    .map(([, code = '']) => code)
    .filter((code) => code.includes("'curfew/"))
}

export interface FreshFolder {
  path: string
  remove: () => Promise<void>
}

interface Manifest {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  peerDependencies: Record<string, string>
}
const ours = async () => JSON.parse(await readFile(fromRoot('package.json'), 'utf8')) as Manifest

/** The oldest version that our package accepts of a peer dependency. */
export async function oldestOf(name: string): Promise<string> {
  const { peerDependencies } = await ours()
  const range = peerDependencies[name]
  if (range === undefined) throw new Error(`${name} is no peer dependency`)
  return range.replace(/^\D+/, '')
}

/** Installs our package and `packages`: a name alone means the version that this project has. */
export async function openFreshFolder(
  packages: (string | { name: string; version: string })[],
  files: Record<string, string>,
): Promise<FreshFolder> {
  const path = await mkdtemp(join(tmpdir(), 'curfew-fresh-'))
  const tarball = (await readdir(packed)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('packPackage must have run before')
  const { dependencies: shipped, devDependencies } = await ours()
  const versions = { ...shipped, ...devDependencies }
  const dependencies = {
    curfew: `file:${join(packed, tarball)}`,
    ...Object.fromEntries(
      packages.map((wanted) =>
        typeof wanted === 'string' ? [wanted, versions[wanted]] : [wanted.name, wanted.version],
      ),
    ),
  }
  const all = {
    ...files,
    'package.json': JSON.stringify({ name: 'fresh', private: true, type: 'module', dependencies }),
  }
  await mkdir(join(path, 'src'))
  for (const [name, text] of Object.entries(all)) await writeFile(join(path, name), text)
  await npm(path, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Compiles the folder's `src` against the package's own types, as its author would. Throws what the compiler finds wrong. */
export async function checkTypes(folder: FreshFolder, options: object): Promise<void> {
  const compilerOptions = {
    target: 'ES2023',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    strict: true,
    noEmit: true,
    types: [],
    ...options,
  }
  const config = JSON.stringify({ compilerOptions, include: ['src'] })
  await writeFile(join(folder.path, 'tsconfig.json'), config)
  const compiler = fromRoot('node_modules/typescript/bin/tsc')
  await execute(process.execPath, [compiler, '-p', folder.path]).catch((error) => {
    throw new Error((error as { stdout: string }).stdout)
  })
}
