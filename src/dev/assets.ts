/** `npm run page`: builds what the service serves as files, the page and the reference. Serves nothing. */
import { readOptions, runCommand } from './command-line.ts'
import { buildPage, deployedAssets } from './page.ts'
import { buildReference } from './reference.ts'

runCommand(async () => {
  readOptions({})
  await buildPage(deployedAssets)
  await buildReference()
})
