/** Owns the bundles that are measured: the Worker as wrangler would ship it, and the other Workers with the same settings. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { fromRoot } from '../../src/dev/root.ts'

export interface Bundle {
  script: string
  /** Bytes. */
  size: number
  gzipped: number
}

const bundleOf = (script: string): Bundle => ({
  script,
  size: Buffer.byteLength(script),
  gzipped: gzipSync(script, { level: 9 }).length,
})

/** `npm run build`, which is a deployment's dry run. */
export function buildService(): Bundle {
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fromRoot('.'),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  return bundleOf(readFileSync(fromRoot('.wrangler/dist/worker.js'), 'utf8'))
}

export async function bundleWorker(path: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [fromRoot(path)],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'error',
  })
  return bundleOf(outputFiles[0]?.text ?? '')
}
