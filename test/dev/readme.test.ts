/** The README's commands, run as they stand against `npm run dev`, must print what the README says. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { freePort, start } from '../support/commands.ts'

const readme = await readFile(
  fileURLToPath(new URL('../../README.md', import.meta.url).href),
  'utf8',
)
const blocks = [...readme.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, text = '']) => text)

/** A printed line in the README, where '…' stands for whatever comes. */
const pattern = (line: string): RegExp =>
  new RegExp(
    line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  )

test.skipIf(process.platform === 'win32')(
  'the examples, copied as they stand, give what they say',
  { timeout: 90_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-readme-'))
    const secrets = join(folder, 'secrets')
    const port = await freePort()
    const service = await start('start', ['--secrets', secrets], { PORT: String(port) }, 'Ctrl-C')
    try {
      const examples = blocks.filter((block) => /^(URL=|curl |ADMIN=)/m.test(block)).join('\n')
      expect(examples.match(/^curl /gm)?.length).toBeGreaterThan(4)
      const script = examples
        .replaceAll('http://localhost:8787', `http://localhost:${port}`)
        .replaceAll('npm run -s admin-token', `node src/dev/admin-token.ts --keys '${secrets}'`)
        // An answer has no line break of its own.
        .replaceAll(/^curl (?:.*\\\n)*.*$/gm, '$&; echo')
      const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
        env: { ...process.env, PORT: String(port) },
      })
      const answers = stdout.trim().split('\n')
      const promised = [...examples.matchAll(/^# (\{.*)$/gm)].map(([, line = '']) => line)
      expect(promised.length).toBeGreaterThan(3)
      for (const [index, line] of promised.entries()) expect(answers[index]).toMatch(pattern(line))
      expect(JSON.parse(answers.at(-1) ?? '')).toMatchObject({ role: 'admin' })
    } finally {
      service.child.kill('SIGINT')
      await service.ended
      await rm(folder, { recursive: true })
    }
  },
)
