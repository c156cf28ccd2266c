/** Owns the start of a Worker in raw workerd: wrangler dev or Miniflare in between would be measured too. */

import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fromRoot } from '../../src/dev/root.ts'
import { type Child, freePort, start } from './processes.ts'

export const workerdBinary = join(
  dirname(createRequire(import.meta.url).resolve('workerd/package.json')),
  'bin/workerd',
)

export interface WorkerOptions {
  name: string
  /** The bundle's text. */
  script: string
  bindings: Record<string, string>
  port?: number
  compatibilityDate?: string
}

export interface Served {
  port: number
  child: Child
}

export async function startWorkerd(options: WorkerOptions): Promise<Served> {
  const { name, script, bindings, compatibilityDate = '2026-10-20' } = options
  const port = options.port ?? (await freePort())
  const folder = fromRoot(`.wrangler/bench/${name}-${port}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'worker.js'), script)
  const texts = Object.entries(bindings).map(
    ([binding, text]) => `(name = "${binding}", text = ${JSON.stringify(text)})`,
  )
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [${texts.join(', ')}],
      globalOutbound = "net"
    )),
    (name = "net", network = (allow = ["private", "public", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
  await writeFile(join(folder, 'config.capnp'), config)
  const child = await start({
    name,
    side: 'service',
    port,
    command: [workerdBinary, 'serve', join(folder, 'config.capnp')],
  })
  return { port, child }
}
