/** `npm run page`: builds what the service serves as files, the page and the reference. Serves nothing. */
import { readOptions, runCommand } from './command-line.ts'
import { buildPage, deployedAssets } from './page.ts'
import { buildReference } from './reference.ts'

const help = `Builds what the service serves as files, into .wrangler/page: the page at / and the reference at /docs/.

  npm run page`

runCommand(async () => {
  const options = readOptions({ help: { type: 'boolean', short: 'h' } })
  if (options.help) return console.log(help)
  await buildPage(deployedAssets)
  await buildReference()
})
