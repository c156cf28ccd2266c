/** Owns the Worker of tests in which many people sign in: worker.ts, but for password hashes, which take no time here. */

import type { ExecutionContext, Hono } from 'hono'
import type { AppEnv } from '../../src/http/environment.ts'
import { createApp, createServices, readConfig } from '../../src/worker.ts'

const scrypt = { N: 2, r: 1, p: 1 }

let app: Hono<AppEnv> | undefined

export default {
  async fetch(request: Request, env: Record<string, string>, context: ExecutionContext) {
    const config = readConfig(env)
    app ??= createApp(await createServices(config, { scrypt }), { basePath: config.basePath })
    return app.fetch(request, env, context)
  },
}
