/** Builds the page and the kit's own test pages once, before any test. */

import { build } from 'vite'
import { fromRoot } from '../../../src/dev/root.ts'

export default async function setup(): Promise<void> {
  await build({ configFile: fromRoot('src/demo/vite.config.ts') })
  for (const version of ['18', '19'] as const) await buildKit(version)
}

/** With the warnings and the double effects of a development build. */
async function buildKit(version: '18' | '19'): Promise<void> {
  const from =
    version === '18' ? fromRoot('test/react-18/node_modules/') : fromRoot('node_modules/')
  await build({
    configFile: false,
    root: fromRoot('test/browser/kit'),
    base: `/kit-${version}/`,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: {
      alias: [
        { find: /^react(\/.*)?$/, replacement: `${from}react$1` },
        { find: /^react-dom(\/.*)?$/, replacement: `${from}react-dom$1` },
      ],
    },
    build: {
      outDir: fromRoot(`.wrangler/browser/kit-${version}`),
      emptyOutDir: true,
      minify: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 5000,
      rolldownOptions: { checks: { moduleLevelDirective: false } },
    },
  })
}
