/** What anyone may read: the keys, the health and the front page. */

import type { Context } from 'hono'
import type { HealthBody, JwksBody } from '../../contract/answers.ts'
import { paths } from '../../contract/paths.ts'
import type { AppEnv } from '../environment.ts'
import { openToAll } from '../public-answer.ts'

export function jwksRoute(c: Context<AppEnv>): Response {
  openToAll(c)
  return c.json({ keys: c.var.services.publicJwks } satisfies JwksBody, 200)
}

export async function healthRoute(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var
  const { version } = services
  const fault = await services.redisFault()
  if (fault === null)
    return c.json({ status: 'ok', version, redis: 'reachable' } satisfies HealthBody, 200)
  c.set('refusal', fault.reason)
  const redis = fault.isRefusedByRedis ? 'refused' : 'unreachable'
  return c.json({ status: 'unavailable', version, redis } satisfies HealthBody, 503)
}

export function homeRoute(c: Context<AppEnv>): Response | Promise<Response> {
  c.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  // The path as it was sent: `c.req.path` is decoded, and could hold markup. One leading slash: two would name another host.
  const { pathname } = new URL(c.req.url)
  const base = pathname.replace(/^\/+/, '/').replace(/\/$/, '').replaceAll('&', '&amp;')
  return c.html(page(base), 200)
}

const page = (base: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Curfew</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
  body { max-width: 38rem; margin: 10vh auto; padding: 0 1.25rem }
  code { font-size: .95em }
</style>
<main>
  <h1>Curfew</h1>
  <p>This is a session service. After a logout returns, no token of the ended sessions works anywhere.</p>
  <ul>
    <li><a href="${base}${paths.health}">Health</a></li>
    <li><a href="${base}${paths.jwks}">Public keys</a></li>
    <li><a href="${base}${paths.openApi}">The contract (OpenAPI)</a></li>
  </ul>
  <p>Sign up with <code>POST ${base}${paths.signUp}</code>, sign in with <code>POST ${base}${paths.token}</code>,
  log out with <code>POST ${base}${paths.logout}</code>.</p>
</main>
</html>
`
