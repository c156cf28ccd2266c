/** `npm run openapi`: writes the contract as a document, which is committed. For the gate, says what is wrong with it. */
import { readFile, writeFile } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { openApiDocument } from '../document/document.ts'
import { Misuse, readOptions, runCommand } from './command-line.ts'
import { fromRoot } from './root.ts'

const help = `Writes src/contract/openapi.json, which the service answers at /openapi.json.

  npm run openapi

Options
  --check   writes nothing, and fails when the file is not what would be written, or is no OpenAPI 3.1
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
  const { valid, errors } = await new Validator().validate(JSON.parse(text))
  if (!valid) throw new Misuse(`No OpenAPI 3.1: ${JSON.stringify(errors, null, 2)}`)
})
