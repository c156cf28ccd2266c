/** Owns a resource server in workerd that reaches the service by a service binding alone, as README.md has it. */

import { env } from 'cloudflare:workers'
import { Hono } from 'hono'
import { createGuard, requireAuth } from '../../src/guard/index.ts'

const { CURFEW, ISSUER } = env as unknown as { CURFEW: { fetch: typeof fetch }; ISSUER: string }

const guard = createGuard({
  issuer: ISSUER,
  timeout: 10_000,
  fetch: (url, init) => CURFEW.fetch(url, init),
})

export default new Hono().get('/', requireAuth(guard), (c) => c.text(c.get('auth').subject))
