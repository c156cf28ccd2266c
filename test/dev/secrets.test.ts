/** A secrets file that belongs to somebody else, or lies where no rights can be set: it is used as it is. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ensureLocalSecrets } from '../../src/dev/secrets.ts'

const chmod = vi.hoisted(() => vi.fn())
vi.mock('node:fs/promises', async (original) => ({ ...(await original<object>()), chmod }))
chmod.mockRejectedValue(Object.assign(new Error('not yours'), { code: 'EPERM' }))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const complete = "SIGNING_KEYS='{}'\nREFRESH_SECRETS='a'\n"

test.skipIf(process.platform === 'win32')(
  'a file that only its owner reads is left alone',
  async () => {
    const file = join(folder, 'closed')
    await writeFile(file, complete, { mode: 0o600 })
    expect(await ensureLocalSecrets(file)).toEqual({ made: [] })
    expect(chmod).not.toHaveBeenCalled()
  },
)

test('a file that others can read, and that cannot be closed, is told of', async () => {
  const file = join(folder, 'open')
  await writeFile(file, complete, { mode: 0o644 })
  expect((await stat(file)).mode & 0o077).not.toBe(0)
  expect(await ensureLocalSecrets(file)).toEqual({
    made: [],
    warning: `Others may read ${file}, and its rights cannot be changed (EPERM).`,
  })
})
