/** The package as npm would ship it, in an app that is nothing but the README's own example. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base, expect } from '@playwright/test'
import { build, preview } from 'vite'
import { fromRoot } from '../../src/dev/root.ts'
import { testAccount } from '../../src/dev/test-account.ts'
import { freePort } from '../support/commands.ts'
import { openService } from './support/service.ts'

const execute = promisify(execFile)
const npm = (cwd: string, ...args: string[]) =>
  execute('npm', args, { cwd, shell: process.platform === 'win32' })

/** The README's code in one language that uses the package, one text a block. */
async function examples(language: string): Promise<string[]> {
  const readme = await readFile(fromRoot('README.md'), 'utf8')
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))]
    .map(([, code = '']) => code)
    .filter((code) => code.includes("'curfew/"))
}

async function makeApp(folder: string, service: string): Promise<void> {
  const ours = JSON.parse(await readFile(fromRoot('package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  await npm(fromRoot('.'), 'pack', '--pack-destination', folder)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  const wanted = ['react', 'react-dom', '@types/react', '@types/react-dom'] as const
  const dependencies = {
    curfew: `file:${tarball}`,
    ...Object.fromEntries(wanted.map((name) => [name, ours.devDependencies[name]])),
  }
  const [app = '', ...more] = await examples('tsx')
  expect(app.trim().split('\n').length).toBeLessThan(21)
  expect(more).toEqual([])
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ name: 'fresh', private: true, type: 'module', dependencies }),
    'index.html':
      '<!doctype html><html lang="en"><title>Fresh</title><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
    'src/main.tsx': app.replace('http://localhost:8787', service),
    'src/css.d.ts': "declare module '*.css'",
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'ES2023',
        lib: ['ES2023', 'DOM'],
        module: 'ESNext',
        moduleResolution: 'Bundler',
        jsx: 'react-jsx',
        strict: true,
        noEmit: true,
        types: [],
      },
      include: ['src'],
    }),
  }
  for (const [index, code] of (await examples('ts')).entries())
    files[`src/example-${index}.ts`] = code
  await mkdir(join(folder, 'src'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
}

base('a fresh app takes the tarball and logs out', async ({ page }) => {
  base.setTimeout(120_000)
  const folder = await mkdtemp(join(tmpdir(), 'curfew-fresh-'))
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const service = await openService({ CORS_ORIGINS: origin })
  try {
    await makeApp(folder, service.url)
    // The example as an app's author would check it, with the package's own types.
    const compiler = fromRoot('node_modules/typescript/bin/tsc')
    await execute(process.execPath, [compiler, '-p', folder]).catch((error) => {
      throw new Error((error as { stdout: string }).stdout)
    })
    await build({ root: folder, configFile: false, logLevel: 'error' })
    const server = await preview({
      root: folder,
      configFile: false,
      logLevel: 'error',
      preview: { port, strictPort: true },
    })

    await fetch(`${service.url}/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(testAccount),
    })
    await page.goto(origin)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByText(testAccount.email)).toBeVisible()
    await page.reload()
    await expect(page.getByText(testAccount.email)).toBeVisible()
    const told = page.waitForResponse((answer) => answer.url().includes('/logout?scope=local'))
    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
    expect(await (await told).json()).toMatchObject({ sessions_ended: 1 })
    await server.close()
  } finally {
    await service.close()
    await rm(folder, { recursive: true, force: true })
  }
})
