/** The package as npm would ship it, in front of two APIs that are just the README's own examples, while the page logs out. */

import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { build } from 'esbuild'
import { freePort } from '../support/commands.ts'
import { startWorker } from '../support/servers.ts'
import { checkTypes, examples, oldestOf, openFreshFolder } from './support/fresh-folder.ts'
import { openService } from './support/service.ts'
import { expect, newPerson, signedOut, signIn } from './support/world.ts'

const STATUS_LIST_TTL = 4

/** An app that exports what it made of the package, in a Worker that has bindings of its own. */
const EXPORTS = `
import { createGuard, type GuardAnswer } from 'curfew/guard'
import service, { createApp, createServices, readConfig } from 'curfew/worker'
import type { ExecutionContext } from 'hono'

export const guard = createGuard({ issuer: 'https://auth.example.com' })
export const bodyOf = (answer: GuardAnswer) => answer.body
export const config = readConfig(process.env)
export const services = await createServices(config)
export const app = createApp(services)
interface Env { ISSUER: string; FILES: { get(name: string): Promise<string> } }
export { service }
export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => service.fetch(request, env, context),
}
`

const ask = async (url: string, token: string) => {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer.status, body: await answer.text() }
}

/** Runs the file as `node server.mjs` would, and waits until it answers: with 401, for want of a token. */
async function startNode(file: string, url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [file], { stdio: 'inherit' })
  await expect
    .poll(
      () =>
        fetch(url).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 15_000 },
    )
    .toBe(401)
  return child
}

base(
  'an empty Worker and an empty Node server hear of a logout on the page',
  async ({ browser }) => {
    base.setTimeout(120_000)
    const service = await openService({ STATUS_LIST_TTL: String(STATUS_LIST_TTL) })
    const [workerPort, nodePort] = [await freePort(), await freePort()]
    const all = await examples('ts')
    const guards = all.filter((code) => code.includes('curfew/guard'))
    const mount = all.find((code) => code.includes('curfew/worker')) ?? ''
    const [worker = '', server = ''] = guards.map((code) =>
      code.replace('http://localhost:8787', service.url).replace('3000', String(nodePort)),
    )
    for (const code of guards) expect(code.trim().split('\n').length).toBeLessThanOrEqual(10)
    // The oldest Hono that we promise, not the one that we build with: if npm put in a second Hono, the types would not fit.
    const hono = { name: 'hono', version: await oldestOf('hono') }
    const folder = await openFreshFolder([hono, '@types/node'], {
      'src/worker.ts': worker,
      'src/server.ts': server,
      'src/mount.ts': mount,
      'src/exports.ts': EXPORTS,
    })
    const closing: (() => unknown)[] = [service.close, folder.remove]
    try {
      const strictest = {
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        declaration: true,
      }
      await checkTypes(folder, { lib: ['ES2023'], types: ['node'], ...strictest })
      const { outputFiles } = await build({
        entryPoints: [join(folder.path, 'src/worker.ts')],
        bundle: true,
        write: false,
        format: 'esm',
        conditions: ['workerd', 'worker', 'browser'],
      })
      const api = await startWorker({
        script: outputFiles[0]?.text ?? '',
        port: workerPort,
        bindings: {},
        compatibilityDate: '2026-10-20',
      })
      closing.unshift(api.close)
      // The README's server has no types in it, so it is JavaScript as well.
      const file = join(folder.path, 'server.mjs')
      await writeFile(file, server)
      const child = await startNode(file, `http://localhost:${nodePort}`)
      closing.unshift(() => child.kill())

      const context = await browser.newContext({ baseURL: service.url })
      const page = await context.newPage()
      const person = newPerson()
      await fetch(`${service.url}/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(person),
      })
      const token = await signIn(page, person)
      const urls = [`${api.url}/orders`, `http://localhost:${nodePort}/`]
      for (const url of urls) expect(await ask(url, token)).toMatchObject({ status: 200 })

      await page.locator('.ways').getByRole('button', { name: 'Log out', exact: true }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Log out' }).click()
      await expect(signedOut(page)).toBeVisible()
      for (const url of urls) {
        await expect
          .poll(async () => (await ask(url, token)).status, {
            timeout: STATUS_LIST_TTL * 1000 + 2000,
          })
          .toBe(401)
        expect((await ask(url, token)).body).toBe(
          '{"code":401,"error_code":"session_not_found","msg":"Token has been invalidated"}',
        )
      }
      await context.close()
    } finally {
      for (const close of closing) await close()
    }
  },
)
