/** GET /openapi.json: the contract as a document. It is made by `npm run openapi`; only the server's address is known here. */

import type { Context } from 'hono'
import { PUBLIC_MAX_AGE } from '../../domain/policy.ts'
import type { AppEnv } from '../environment.ts'

export async function openApiRoute(c: Context<AppEnv>): Promise<Response> {
  // Only when somebody asks: in every isolate's start it would cost all the others 2 ms.
  const { default: document } = await import('../../contract/openapi.json', {
    with: { type: 'json' },
  })
  c.header('Cache-Control', `public, max-age=${PUBLIC_MAX_AGE}`)
  // Anyone's script may read it: it is the same for all and says nothing of anybody.
  c.header('Access-Control-Allow-Origin', '*')
  return c.json({ ...document, servers: [{ url: c.var.services.url }] }, 200)
}
