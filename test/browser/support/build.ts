/** Builds the page, the package and the kit's own test pages once, before any test. */

import { type BuildOptions, build, type InlineConfig } from 'vite'
import { buildReference } from '../../../src/dev/reference.ts'
import { fromRoot } from '../../../src/dev/root.ts'
import { packPackage } from './fresh-folder.ts'

export default async function setup(): Promise<void> {
  await build({ configFile: fromRoot('src/demo/vite.config.ts') })
  await buildReference()
  await packPackage()
  for (const version of ['18', '19'] as const) await buildKit(version)
}

/** For the browser and for a server, with the warnings and the double effects of a development build. */
async function buildKit(version: '18' | '19'): Promise<void> {
  const from = fromRoot(version === '18' ? 'test/react-18/node_modules/' : 'node_modules/')
  const shared: InlineConfig = {
    configFile: false,
    root: fromRoot('test/browser/kit'),
    base: `/kit-${version}/`,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: {
      alias: [
        { find: /^react(\/.*)?$/, replacement: `${from}react$1` },
        { find: /^react-dom(\/.*)?$/, replacement: `${from}react-dom$1` },
      ],
    },
    ssr: { noExternal: true },
  }
  const output: BuildOptions = {
    emptyOutDir: true,
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  }
  const kit = fromRoot(`.wrangler/browser/kit-${version}`)
  await build({ ...shared, build: { ...output, outDir: kit } })
  await build({ ...shared, build: { ...output, outDir: `${kit}-server`, ssr: 'server.tsx' } })
}
