/** Owns the Worker of tests in which many people sign in: worker.ts, but for password hashes, which take no time here. */

import type { ExecutionContext, Hono } from 'hono'
import type { AppEnv } from '../../src/http/environment.ts'
import { createApp, createServices, readConfig } from '../../src/worker.ts'

const scrypt = { N: 2, r: 1, p: 1 }

type Env = Record<string, string>

/** Kept for the isolate. */
let app: Hono<AppEnv> | undefined

async function appOf(env: Env): Promise<Hono<AppEnv>> {
  const config = readConfig(env)
  return createApp(await createServices(config, { scrypt }), { basePath: config.basePath })
}

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    app ??= await appOf(env)
    return app.fetch(request, env, context)
  },
}
