/** The page at GET /, built when nobody has built it. Knows nothing of what is on it. */
import { existsSync } from 'node:fs'
import { fromRoot } from './root.ts'

/** wrangler refuses to start without the folder. `npm run dev` always builds it anew. */
export async function ensurePage(): Promise<void> {
  if (existsSync(fromRoot('.wrangler/page/index.html'))) return
  const { build } = await import('vite')
  await build({ configFile: fromRoot('src/demo/vite.config.ts') })
}
