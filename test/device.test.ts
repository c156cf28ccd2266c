/** What a person is told of a device: its name from the User-Agent, and nothing that a stranger may have put there. */

import { describe, expect, test } from 'vitest'
import { deviceName } from '../src/http/device.ts'

const mozilla = (rest: string) => `Mozilla/5.0 ${rest}`
const apple = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0'

describe('a browser is named with its system, without versions', () => {
  test.each([
    ['Firefox on Windows', mozilla('(Windows NT 10.0; Win64; x64; rv:140.0) Gecko Firefox/140.0')],
    [
      'Safari on macOS',
      mozilla(`(Macintosh; Intel Mac OS X 10_15_7) ${apple} Version/18 Safari/6`),
    ],
    ['Safari on iOS', mozilla(`(iPhone; CPU iPhone OS 18_5) ${apple} Version/18 Mobile Safari/6`)],
    ['Chrome on Android', mozilla(`(Linux; Android 10; K) ${blink} Mobile Safari/537.36`)],
    ['Chrome on Linux', mozilla(`(X11; Linux x86_64) ${blink} Safari/537.36`)],
    ['Chrome on Chrome OS', mozilla(`(X11; CrOS x86_64 14541.0.0) ${blink} Safari/537.36`)],
    [
      'Microsoft Edge on Windows',
      mozilla(`(Windows NT 10.0; Win64; x64) ${blink} Safari/537.36 Edg/139.0.0.0`),
    ],
  ])('%s', (name, userAgent) => {
    expect(deviceName(userAgent)).toBe(name)
  })
})

describe('a program is named as it calls itself, without a version', () => {
  test.each([
    ['curl', 'curl/8.5.0'],
    ['okhttp', 'okhttp/4.12.0'],
    ['python-requests', 'python-requests/2.32.3'],
    ['Go-http-client', 'Go-http-client/2.0'],
    ['PostmanRuntime', 'PostmanRuntime/7.43.0'],
    ['Dart', 'Dart/3.5 (dart:io)'],
    ['node', 'node'],
    ['MyApp', 'MyApp/1.2 CFNetwork/1568.100.1 Darwin/24.0.0'],
  ])('%s', (name, userAgent) => {
    expect(deviceName(userAgent)).toBe(name)
  })
})

describe('what is no name is an unknown device', () => {
  test.each([
    ['nothing', ''],
    ['spaces', '   '],
    ['digits', '12345'],
    ['signs', '!!!'],
    ['markup', '<script>alert(1)</script>/1 x'],
    ['a line break', '\r\nSet-Cookie: a=b/1 x'],
    ['100 kB of slashes', '/'.repeat(100_000)],
  ])('%s', (_, userAgent) => {
    expect(deviceName(userAgent)).toBe('Unknown device')
  })
})

test.each([
  ['one word', 'A'.repeat(100_000)],
  ['a word with a version', `${'B'.repeat(480)}/1 x`],
  ['a browser', mozilla(`(${'Windows NT 10.0; '.repeat(6000)}) Firefox/140.0`)],
])('a name stays short, even from 100 kB of %s', (_, userAgent) => {
  expect(deviceName(userAgent).length).toBeLessThanOrEqual(40 + ' on Windows'.length)
})

test('an address or a token that is sent as a name does not become one', () => {
  expect(deviceName('ada@example.com/1 x')).toBe('ada')
  expect(deviceName('eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl/1 x')).not.toContain('c2ln')
})
