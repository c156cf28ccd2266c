/** `npm run deploy`: builds the page, then runs `wrangler deploy` with every argument. Never with the ISSUER of this machine. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { runCommand } from './command-line.ts'
import { readDeployArguments } from './deploy-arguments.ts'
import { planDeployment } from './deployed.ts'
import { buildPage, deployedAssets } from './page.ts'
import { buildReference } from './reference.ts'
import { fromRoot } from './root.ts'

const help = `Checks the settings, builds the page, and hands every argument on to wrangler deploy.

  npm run deploy                     what the top of wrangler.toml says
  npm run deploy -- --env staging    what [env.staging] says
  npm run deploy -- --dry-run        checks and builds, and deploys nothing

The rest is wrangler's:
`

async function wranglerDeploy(args: readonly string[]): Promise<number> {
  const wrangler = dirname(createRequire(import.meta.url).resolve('wrangler/package.json'))
  const command = [join(wrangler, 'bin/wrangler.js'), 'deploy', ...args]
  const child = spawn(process.execPath, command, { cwd: fromRoot('.'), stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

async function deploy(args: readonly string[]): Promise<number> {
  console.error('Looking at the settings, and building the page.')
  const { basePath, chosen, objections } = await planDeployment(args)
  if (objections.length > 0)
    console.error(['A deployment that is not dry would be refused:', ...objections].join('\n- '))
  // The page names the paths of this deployment.
  process.env.BASE_PATH = basePath
  await buildPage(deployedAssets)
  await buildReference()
  return wranglerDeploy([...chosen, ...args])
}

runCommand(async () => {
  const args = process.argv.slice(2)
  const { isHelp } = readDeployArguments(args)
  if (isHelp) console.log(help)
  process.exitCode = await (isHelp ? wranglerDeploy(['--help']) : deploy(args))
})
