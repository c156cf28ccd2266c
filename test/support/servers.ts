/** Owns real servers on this machine: service and resource servers in workerd, a resource server on Node. For Node tests only. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { createGuard, type Guard, type GuardOptions } from '../../src/guard/index.ts'

export interface Server {
  url: string
  close: () => Promise<void>
}

/** One file, as wrangler would make it. */
export async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(path, import.meta.url).href)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

interface WorkerOptions {
  script: string
  port: number
  bindings: Record<string, string>
  compatibilityDate: string
  compatibilityFlags?: string[]
}

export async function startWorker(options: WorkerOptions): Promise<Server> {
  const { script, ...rest } = options
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...rest,
      host: '127.0.0.1',
      // Drops the Worker's log, a line for each request; what goes wrong shows in the answers.
      handleStructuredLogs: () => {},
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
    }),
  )
  await miniflare.ready
  return { url: `http://127.0.0.1:${options.port}`, close: () => miniflare.dispose() }
}

/** A server with `GET /<name>` for each of the guards, behind that guard. */
export async function startNode(guards: Record<string, GuardOptions>): Promise<Server> {
  const made = new Map<string, Guard>(
    Object.entries(guards).map(([name, options]) => [`/${name}`, createGuard(options)]),
  )
  const server = createServer(async (request, response) => {
    const guard = made.get(request.url ?? '')
    if (!guard) return response.writeHead(404).end()
    const decision = await guard.checkAuthorization(request.headers.authorization)
    const { status, headers, body } = decision.ok
      ? { status: 200, headers: {}, body: { subject: decision.token.subject } }
      : decision.answer
    return response.writeHead(status, headers).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
