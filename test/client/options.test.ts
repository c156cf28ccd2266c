/** The options of the client that are mistakes: each is a sentence at once, and never the less careful choice in silence. */

import { expect, test } from 'vitest'
import { createAuthClient } from '../../src/client/index.ts'

const mistakes: [options: object, sentence: string][] = [
  [{ transport: 'Cookie' }, 'transport is one of: cookie, bearer.'],
  [{ transport: 'cookies' }, 'transport is one of: cookie, bearer.'],
  [{ storage: 'none' }, 'storage is one of: local, session, memory.'],
  [{ storage: null }, 'storage is one of: local, session, memory.'],
  [{ transport: 'cookie', storage: 'memory' }, "storage: 'memory' needs 'bearer'."],
  [{ idle: {} }, 'idle.after is in seconds, and more than 0.'],
  [{ idle: { after: Number.NaN } }, 'idle.after is in seconds, and more than 0.'],
  [{ idle: { after: 0 } }, 'idle.after is in seconds, and more than 0.'],
  [{ apiOrigins: ['localhost:3000'] }, 'url and apiOrigins need https:// or http://.'],
  [{ apiOrigins: ['api.example.com'] }, 'url and apiOrigins need https:// or http://.'],
  [{ apiOrigins: 'https://api.example.com' }, 'url and apiOrigins need https:// or http://.'],
  [{ apiOrigins: ['/api'] }, 'url and apiOrigins need https:// or http://.'],
  [{ apiOrigins: [''] }, 'url and apiOrigins need https:// or http://.'],
  [{ url: 'localhost:8787' }, 'url and apiOrigins need https:// or http://.'],
  // On a page by https, such a URL is a path of that page.
  [{ url: 'https:/auth.example.com' }, 'url and apiOrigins need https:// or http://.'],
  [{ apiOrigins: ['https:api.example.com'] }, 'url and apiOrigins need https:// or http://.'],
  [{ url: 'auth.example.com' }, 'url and apiOrigins need https:// or http://.'],
]

test.each(mistakes)('%j', (options, sentence) => {
  expect(() => createAuthClient(options)).toThrow(new TypeError(sentence))
})

test('a url without a host', () => {
  expect(() => createAuthClient({ url: 'http://' })).toThrow(TypeError)
})

test.each(['global', { scope: 'galactic' }, { scope: null }, 'local'])(
  'a logout of %j',
  async (options) => {
    const client = createAuthClient({})
    await expect(client.logout(options as object)).rejects.toThrow(
      new TypeError('scope is one of: local, others, global.'),
    )
  },
)

test.each([
  {},
  { transport: undefined, storage: undefined, idle: undefined },
  { transport: 'bearer', storage: 'memory', idle: { after: 0.5 } },
  { transport: 'cookie', storage: 'session' },
  { url: '/auth/v1' },
  { url: 'HTTPS://auth.example.com' },
  { url: '' },
] as const)('%j is none', (options) => {
  expect(createAuthClient(options).getState().status).toBe('loading')
})
