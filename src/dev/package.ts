/** `npm run package`: builds what npm would ship, and fails when it is not fit to be shipped. */
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Misuse, readOptions, runCommand } from './command-line.ts'
import { checkSizes } from './package-sizes.ts'
import { fromRoot } from './root.ts'

const execute = promisify(execFile)

const help = `Builds the npm package into dist/ and checks it: publint, attw, the kit's 'use client', sizes.

  npm run package
  npm run package -- --build   builds it, without the checks`

/** A tool's own command, run by this Node. Its words are shown only when it fails. */
async function tool(name: string, file: string, args: string[]): Promise<string> {
  const command = fromRoot(`node_modules/${name}/${file}`)
  const options = { cwd: fromRoot('.'), maxBuffer: 2 ** 24 }
  try {
    return (await execute(process.execPath, [command, ...args], options)).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Misuse(`${name} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

async function build(): Promise<void> {
  await rm(fromRoot('dist'), { recursive: true, force: true })
  await Promise.all(
    ['tsconfig.build.json', 'src/react/tsconfig.build.json'].map((file) =>
      tool('typescript', 'bin/tsc', ['-p', file]),
    ),
  )
  await copyFile(fromRoot('src/react/styles.css'), fromRoot('dist/react/styles.css'))
  // TypeScript 7 asks for the types of a stylesheet too, and not every app has those of its bundler.
  await writeFile(fromRoot('dist/react/styles.css.d.ts'), 'export {}\n')
}

/** Without `'use client'`, frameworks that render React on a server take the kit for server components. */
async function checkDirective(): Promise<void> {
  const entry = 'dist/react/index.js'
  if (!/^['"]use client['"]/.test(await readFile(fromRoot(entry), 'utf8')))
    throw new Misuse(`${entry} does not begin with 'use client'.`)
}

/** As npm would pack it, without building it once more. */
async function pack(folder: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await execute('npm', args, {
    cwd: fromRoot('.'),
    shell: process.platform === 'win32',
  })
  const packed = JSON.parse(stdout) as unknown
  const [{ filename }] = Object.values(packed as object) as [{ filename: string }]
  return join(folder, filename)
}

runCommand(async () => {
  const options = readOptions({
    build: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)
  await build()
  if (options.build) return
  await checkDirective()

  const folder = await mkdtemp(join(tmpdir(), 'curfew-package-'))
  try {
    const tarball = await pack(folder)
    await tool('publint', 'src/cli.js', ['run', tarball, '--strict'])
    await tool('@arethetypeswrong/cli', 'dist/index.js', [
      tarball,
      ...['--profile', 'esm-only', '--exclude-entrypoints', './react/styles.css'],
    ])
    console.log('publint and attw have nothing to say.')
  } finally {
    await rm(folder, { recursive: true })
  }
  await checkSizes()
})
