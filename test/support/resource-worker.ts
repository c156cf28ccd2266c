/** Owns a resource server in workerd: a small Hono Worker with guards of both modes. Bundled by whatever runs it. */

import { env } from 'cloudflare:workers'
import { Hono } from 'hono'
import { createGuard, type GuardOptions, requireAuth } from '../../src/guard/index.ts'

const { ISSUER, REDIS_URL, REDIS_TOKEN } = env as unknown as Record<string, string>

/** How often the guard of each route asked the issuer for what. */
const asked: Record<string, number> = {}

const optionsOf = (route: string, delay = 0): GuardOptions => ({
  issuer: ISSUER ?? '',
  timeout: 10_000,
  onDecision: ({ fault }) => {
    if (fault !== undefined) console.error(String(fault))
  },
  fetch: async (input, init) => {
    const what = `${route} ${new URL(new Request(input).url).pathname.split('/')[1]}`
    asked[what] = (asked[what] ?? 0) + 1
    await new Promise((resolve) => setTimeout(resolve, delay))
    return fetch(input, init)
  },
})

const strict = createGuard({
  ...optionsOf('/strict'),
  mode: 'strict',
  redis: { url: REDIS_URL ?? '', token: REDIS_TOKEN ?? '' },
})
const list = createGuard(optionsOf('/list'))
/** 400 ms are long enough for every request of a crowd to find a fetch going on. */
const slow = createGuard(optionsOf('/slow', 400))
const slower = createGuard(optionsOf('/slower', 400))

export default new Hono()
  .get('/asked', (c) => c.json(asked))
  .get('/strict', requireAuth(strict), (c) => c.json({ subject: c.get('auth').subject }))
  .get('/list', requireAuth(list), (c) => c.json({ subject: c.get('auth').subject }))
  .get('/slow', requireAuth(slow), (c) => c.json({ subject: c.get('auth').subject }))
  .get('/slower', requireAuth(slower), (c) => c.json({ subject: c.get('auth').subject }))
