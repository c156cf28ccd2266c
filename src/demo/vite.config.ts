/** How the page becomes static assets. Nothing is inlined, so that the page works under the policy in public/_headers. */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { basePath } from '../dev/deployed.ts'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: fromHere('.'),
  logLevel: 'warn',
  define: { __BASE_PATH__: JSON.stringify(await basePath()) },
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
