/** The rules for addresses, metadata and bans, as tables. */

import { describe, expect, test } from 'vitest'
import { bannedUntil, mergeMetadata, normaliseEmail } from '../../src/domain/account.ts'

describe('an address is kept in one spelling', () => {
  test.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@Example.COM', 'ada@example.com'],
    ['  ada@example.com\n', 'ada@example.com'],
    ["o'neil@example.ie", "o'neil@example.ie"],
    ['a+tag@example.com', 'a+tag@example.com'],
    ['a.b.c@sub.domain.example', 'a.b.c@sub.domain.example'],
    ['1@2.example', '1@2.example'],
    ['a@my-site.example', 'a@my-site.example'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['zoe\u0308@example.com', 'zo\u00EB@example.com'],
    ['J\u030Cim@example.com', '\u01F0im@example.com'],
    ['Ünal@Bücher.example', 'ünal@bücher.example'],
    ['山田@例え.テスト', '山田@例え.テスト'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    [`a@${'b'.repeat(63)}.example`, `a@${'b'.repeat(63)}.example`],
  ])('%j as %j', (text, address) => {
    expect(normaliseEmail(text)).toBe(address)
  })

  test('which stays as it is when it is read again', () => {
    const changed: string[] = []
    for (let code = 0x21; code < 0x3000; code++)
      for (const mark of ['', '\u0308', '\u030C', '\u0331', '\u0307']) {
        const once = normaliseEmail(`a${String.fromCodePoint(code)}${mark}@example.com`)
        if (once !== null && normaliseEmail(once) !== once) changed.push(once)
      }
    expect(changed).toEqual([])
  })
})

test.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'ada@example',
  'ada @example.com',
  'ada@exa mple.com',
  'ada@example..com',
  '.ada@example.com',
  'ada.@example.com',
  'ada..b@example.com',
  'ada@-example.com',
  'ada@example-.com',
  'ada@example.com.',
  'ada@@example.com',
  'ada@b@example.com',
  '"ada"@example.com',
  'ada@[127.0.0.1]',
  'ada@exam_ple.com',
  '<script>@example.com',
  'ada@example.com\nBcc: bob@example.com',
  'a\u0000da@example.com',
  'a\u200Bda@example.com',
  'a\u202Eda@example.com',
  'ada\u115F@example.com',
  'ada\u3164@example.com',
  'ada\uFE0F@example.com',
  'ada\u034F@example.com',
  'ada@exam\u17B4ple.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(64)}.example`,
  `a@${'b.'.repeat(130)}example`,
])('%j is no address', (text) => {
  expect(normaliseEmail(text)).toBeNull()
})

describe('metadata', () => {
  test.each([
    { present: { a: 1 }, change: { b: 2 }, merged: { a: 1, b: 2 } },
    { present: { a: 1 }, change: { a: 2 }, merged: { a: 2 } },
    { present: { a: 1, b: 2 }, change: { a: null }, merged: { b: 2 } },
    { present: { a: { b: 1 } }, change: { a: { c: 2 } }, merged: { a: { c: 2 } } },
    { present: { a: 1 }, change: undefined, merged: { a: 1 } },
    { present: { a: 1 }, change: null, merged: { a: 1 } },
    { present: {}, change: { a: false, b: 0, c: '' }, merged: { a: false, b: 0, c: '' } },
  ])('$present and $change are $merged', ({ present, change, merged }) => {
    expect(mergeMetadata(present, change)).toEqual(merged)
  })

  test('with a key such as __proto__ stays plain data', () => {
    const merged = mergeMetadata({}, JSON.parse('{"__proto__":{"role":"admin"}}'))
    expect(merged.role).toBeUndefined()
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"role":"admin"}}')
  })
})

describe('a ban', () => {
  const now = 1_800_000_000_000
  const hour = 3_600_000
  test.each([
    ['24h', 24 * hour],
    ['1h30m', 1.5 * hour],
    ['1.5h', 1.5 * hour],
    ['90s', 90_000],
    ['250ms', 250],
    ['0s', 0],
    ['999999999h', 100 * 365 * 24 * hour],
  ])('of %s holds so long', (duration, length) => {
    expect(bannedUntil(duration, now)).toBe(now + length)
  })

  test('of none is no ban', () => {
    expect(bannedUntil('none', now)).toBeNull()
  })
})
