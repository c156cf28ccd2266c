/** `npm run openapi`: writes the contract as a document, which is committed. Says when it is not up to date, for the gate. */
import { readFile, writeFile } from 'node:fs/promises'
import { openApiDocument } from '../document/document.ts'
import { Misuse, readOptions, runCommand } from './command-line.ts'
import { fromRoot } from './root.ts'

const help = `Writes src/contract/openapi.json, which the service answers at /openapi.json.

  npm run openapi

Options
  --check   writes nothing, and fails when the file is not what would be written
  --help    this text`

const file = fromRoot('src/contract/openapi.json')

runCommand(async () => {
  const options = readOptions({ check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } })
  if (options.help) return console.log(help)
  const { version } = JSON.parse(await readFile(fromRoot('package.json'), 'utf8'))
  const text = `${JSON.stringify(openApiDocument(version), null, 2)}\n`
  if (!options.check) return writeFile(file, text)
  if ((await readFile(file, 'utf8')) !== text)
    throw new Misuse('src/contract/openapi.json is not up to date: run `npm run openapi`.')
})
