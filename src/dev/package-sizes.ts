/** What src/client and src/react cost a page, minified and compressed, against a budget. */
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { Misuse } from './command-line.ts'
import { fromRoot } from './root.ts'

/** Bytes, gzip. The kit's is what it adds to the client. */
const budgets = { client: 7 * 1024, react: 4.5 * 1024 }

async function compressedSize(entry: string): Promise<number> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry: fromRoot(entry), formats: ['es'] },
      rolldownOptions: {
        external: /^react(-dom)?(\/|$)/,
        checks: { moduleLevelDirective: false },
        // For a library vite keeps the spaces, for its readers; an app is built without them.
        output: { minify: true },
      },
    },
  })
  const [bundle] = [result].flat()
  if (!bundle || !('output' in bundle)) throw new TypeError('vite watched instead of building')
  const code = bundle.output.map((part) => ('code' in part ? part.code : '')).join('')
  return gzipSync(code, { level: 9 }).length
}

export async function checkSizes(): Promise<void> {
  const client = await compressedSize('dist/client/index.js')
  const both = await compressedSize('dist/react/index.js')
  const sizes = { client, react: both - client }
  const lines = (['client', 'react'] as const).map((name) => {
    const [size, budget] = [sizes[name], budgets[name]]
    return `curfew/${name}: ${size} of ${budget} bytes${size > budget ? ': TOO MUCH' : ''}`
  })
  console.log(lines.join('\n'))
  if (client > budgets.client || sizes.react > budgets.react)
    throw new Misuse('The package is over its budget.')
}
