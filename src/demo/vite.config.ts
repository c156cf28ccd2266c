/** How the page becomes static assets. Nothing is inlined, so that the page works under the policy in public/_headers. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Where the Worker's endpoints begin: as set for one start, else as deployed. */
function basePath(): string {
  if (process.env.BASE_PATH !== undefined) return process.env.BASE_PATH
  const settings = readFileSync(fromHere('../../wrangler.toml'), 'utf8')
  return /^BASE_PATH\s*=\s*"([^"]*)"/m.exec(settings)?.[1] ?? ''
}

export default defineConfig({
  root: fromHere('.'),
  logLevel: 'warn',
  define: { __BASE_PATH__: JSON.stringify(basePath()) },
  build: {
    outDir: fromHere('../../.wrangler/page'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // 'use client' speaks to servers that render React, which are not here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
    reportCompressedSize: false,
  },
})
