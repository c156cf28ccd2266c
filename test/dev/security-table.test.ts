/** The table in SECURITY.md names tests: each must be there, under that name. */

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { fromRoot } from '../../src/dev/root.ts'

const page = await readFile(fromRoot('SECURITY.md'), 'utf8')
const rows = [...page.matchAll(/^\| ([\d., –]+) \| (.+) \| (.+) \|$/gm)].map(
  ([, id = '', , here = '']) => ({
    id,
    here,
    proofs: [...here.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({
      file,
      title,
    })),
  }),
)
/** ASVS 5.0, chapter V7. */
const SESSIONS = { 1: 3, 2: 4, 3: 2, 4: 5, 5: 3, 6: 2 }

describe('the table', () => {
  test('has the whole chapter on sessions', () => {
    const wanted = Object.entries(SESSIONS).flatMap(([part, count]) =>
      Array.from({ length: count }, (_, i) => `7.${part}.${i + 1}`),
    )
    expect(rows.map(({ id }) => id).filter((id) => id.startsWith('7.'))).toEqual(wanted)
  })

  test.each(rows)('$id names a test that is there, or says why there is none', async (row) => {
    if (row.proofs.length === 0) {
      expect(row.here).not.toContain('test/')
      expect(row.here).toMatch(
        /^(not ours|partly|missing|fails by design|the operator's|the service redirects|ids are)/,
      )
    }
    for (const { file, title } of row.proofs)
      expect(await readFile(fromRoot(file), 'utf8'), file).toContain(title)
  })
})
