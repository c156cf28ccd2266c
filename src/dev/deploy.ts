/** `npm run deploy`: builds the page, then runs `wrangler deploy` with every argument. Never with the ISSUER of this machine. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { runCommand } from './command-line.ts'
import { planDeployment } from './deployed.ts'
import { buildPage, deployedAssets } from './page.ts'
import { buildReference } from './reference.ts'
import { fromRoot } from './root.ts'

runCommand(async () => {
  const args = process.argv.slice(2)
  const { basePath, chosen } = await planDeployment(args)
  // The page names the paths of this deployment.
  process.env.BASE_PATH = basePath
  await buildPage(deployedAssets)
  await buildReference()
  const wrangler = dirname(createRequire(import.meta.url).resolve('wrangler/package.json'))
  const command = [join(wrangler, 'bin/wrangler.js'), 'deploy', ...chosen, ...args]
  const child = spawn(process.execPath, command, { cwd: fromRoot('.'), stdio: 'inherit' })
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
})
