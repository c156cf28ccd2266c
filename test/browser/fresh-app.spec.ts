/** The package as npm would ship it, in an app that is nothing but the README's own example. */

import { test as base, expect } from '@playwright/test'
import { build, preview } from 'vite'
import { testAccount } from '../../src/dev/test-account.ts'
import { freePort } from '../support/commands.ts'
import { checkTypes, examples, openFreshFolder } from './support/fresh-folder.ts'
import { openService } from './support/service.ts'

base('a fresh app takes the tarball and logs out', async ({ page }) => {
  base.setTimeout(120_000)
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const [app = '', ...more] = await examples('tsx')
  expect(app.trim().split('\n').length).toBeLessThan(21)
  expect(more).toEqual([])
  const [client = ''] = (await examples('ts')).filter((code) => code.includes('curfew/client'))
  const service = await openService({ CORS_ORIGINS: origin })
  const folder = await openFreshFolder(['react', 'react-dom', '@types/react', '@types/react-dom'], {
    'index.html':
      '<!doctype html><html lang="en"><title>Fresh</title><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
    'src/main.tsx': app.replace('http://localhost:8787', service.url),
    'src/client.ts': client,
  })
  try {
    await checkTypes(folder, { lib: ['ES2023', 'DOM'], jsx: 'react-jsx' })
    await build({ root: folder.path, configFile: false, logLevel: 'error' })
    const server = await preview({
      root: folder.path,
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
    await folder.remove()
  }
})
