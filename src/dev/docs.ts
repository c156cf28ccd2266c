/** `npm run docs`: builds the reference. Run it after whatever empties the folder of the assets. */
import { runCommand } from './command-line.ts'
import { buildReference } from './reference.ts'

runCommand(() => buildReference())
