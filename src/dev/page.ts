/** The page at GET /, built for whoever serves it. Knows nothing of what is on it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { diskFaultIn, Misuse } from './command-line.ts'
import { fromRoot } from './root.ts'

/** Where wrangler.toml says that the assets are. */
export const deployedAssets = fromRoot('.wrangler/page')

/** wrangler refuses to start without the folder. */
export async function ensurePage(): Promise<void> {
  if (!existsSync(join(deployedAssets, 'index.html'))) await buildPage(deployedAssets)
}

/** By vite's own command: in this process it would leave its NODE_ENV and 140 MB behind. */
export function buildPage(folder: string): Promise<void> {
  const vite = dirname(createRequire(import.meta.url).resolve('vite/package.json'))
  const config = fromRoot('src/demo/vite.config.ts')
  const args = ['build', '--config', config, '--outDir', folder, '--emptyOutDir']
  return new Promise((resolve, reject) => {
    const command = [join(vite, 'bin/vite.js'), ...args]
    const child = execFile(process.execPath, command, (error, _, stderr) => {
      if (!error) return resolve()
      const fault = diskFaultIn(stderr, folder)
      const why = fault
        ? `${fault} The page needs a folder there that you may write to, and room for it.`
        : `The page could not be built.\n\n${stderr.trim()}`
      reject(new Misuse(why))
    })
    process.once('exit', () => child.kill())
  })
}
