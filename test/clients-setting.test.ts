/** CLIENTS: what is taken, and the sentence for what is not. */

import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'
import { generateSigningKey } from '../src/crypto/signing-keys.ts'

const HEX = 'ab'.repeat(32)
const env = {
  ISSUER: 'https://auth.example.com',
  SIGNING_KEYS: JSON.stringify({ keys: [await generateSigningKey()] }),
  REFRESH_SECRETS: 'a-secret-of-the-tests-that-is-long-enough',
  UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'token',
}
const read = (CLIENTS: string) => readConfig({ ...env, CLIENTS }).clients

describe('CLIENTS', () => {
  test('may be left out, or be empty', () => {
    expect(readConfig(env).clients).toEqual([])
    expect(read('')).toEqual([])
    expect(read('[]')).toEqual([])
  })

  test('takes hashes as hex or base64url, and public clients', () => {
    const base64url = btoa('\xab'.repeat(32)).replaceAll('+', '-').replaceAll('/', '_').slice(0, 43)
    const text = JSON.stringify([
      { id: 'api', secret_sha256: [HEX.toUpperCase(), base64url] },
      { id: 'spa', public: true },
    ])
    expect(read(text)).toEqual([
      { id: 'api', secretHashes: [HEX, HEX] },
      { id: 'spa', secretHashes: [] },
    ])
  })

  const shape = 'must be a JSON array of clients'
  const secrets = "client 1 must have either 'public': true or 'secret_sha256', an array"
  test.each<[string, unknown]>([
    [shape, 'no JSON'],
    [shape, { id: 'api' }],
    ['must be at most 64 clients', Array.from({ length: 65 }, () => ({ id: 'x', public: true }))],
    ['client 1 must be {', [null]],
    ["client 1 must have an 'id' of 1 to 64 letters", [{ id: 'my api', public: true }]],
    ["client 1 must have an 'id' of 1 to 64 letters", [{ public: true }]],
    ['client 1 must not have the id of a built-in client', [{ id: 'curfew', public: true }]],
    ['client 1 must not have the id of a built-in client', [{ id: 'service_role', public: true }]],
    ['client 2 has the id of another client', [1, 2].map(() => ({ id: 'api', public: true }))],
    [secrets, [{ id: 'api' }]],
    [secrets, [{ id: 'api', public: false }]],
    [secrets, [{ id: 'api', public: true, secret_sha256: [HEX] }]],
    ['client 1 must have 1 to 4 hashes', [{ id: 'api', secret_sha256: [] }]],
    ['client 1 must have 1 to 4 hashes', [{ id: 'api', secret_sha256: Array(5).fill(HEX) }]],
    ['client 1 must have SHA-256 hashes', [{ id: 'api', secret_sha256: ['my secret'] }]],
    ['and nothing more', [{ id: 'api', public: true, secret: 'my secret' }]],
  ])('%s', (sentence, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const failing = () => read(text)
    expect(failing).toThrow(ConfigError)
    expect(failing).toThrow(sentence)
    // A mistake may be a secret in the wrong place.
    expect(failing).not.toThrow('my secret')
  })
})
