/** Which passwords are accepted, as tables. */

import { describe, expect, test } from 'vitest'
import { commonPasswords } from '../../src/domain/common-passwords.ts'
import { passwordRefusal } from '../../src/domain/password.ts'
import type { PasswordRules } from '../../src/domain/rules.ts'

const account = { email: 'ada.lovelace@example.com' }
const rules: PasswordRules = { minLength: 8, refused: commonPasswords, mayBeEmail: false }
const judge = (password: string, more: Partial<PasswordRules> = {}) => {
  const refusal = passwordRefusal(password, { ...rules, ...more }, account)
  return refusal?.reason === 'password_weak' ? refusal.weakness.kind : refusal
}

describe('length is counted in characters as a person sees them composed', () => {
  test.each([
    { what: 'seven letters', password: 'xkcdqjz', weakness: 'short' },
    { what: 'eight letters', password: 'xkcdqjzv', weakness: null },
    {
      what: 'seven emoji, which are fourteen code units',
      password: '🦊'.repeat(7),
      weakness: 'short',
    },
    { what: 'eight emoji', password: '🦊'.repeat(8), weakness: null },
    {
      what: 'seven letters with marks of their own',
      password: 'e\u0301'.repeat(7),
      weakness: 'short',
    },
    {
      what: 'eight letters with marks of their own',
      password: 'e\u0301'.repeat(8),
      weakness: null,
    },
    { what: 'four ligatures of two letters', password: 'ﬁ'.repeat(4), weakness: null },
    { what: '64 letters', password: 'correct '.repeat(8), weakness: null },
    { what: '256 letters', password: 'x'.repeat(256), weakness: null },
    { what: '257 letters', password: 'x'.repeat(257), weakness: 'long' },
  ])('$what', ({ password, weakness }) => {
    expect(judge(password)).toBe(weakness)
  })

  test('and at least as many are wanted as the operator says', () => {
    expect(judge('fourteen chars', { minLength: 15 })).toBe('short')
    expect(judge('fifteen chars !', { minLength: 15 })).toBeNull()
  })
})

describe('the list of the most used ones', () => {
  test.each(['password', 'PASSWORD', 'ｐａｓｓｗｏｒｄ', '12345678', 'iloveyou'])(
    'refuses %s',
    (password) => {
      expect(judge(password)).toBe('refused')
    },
  )

  test('can be turned off', () => {
    expect(judge('password', { refused: new Set() })).toBeNull()
  })

  test('has five thousand entries in the form in which it is asked', () => {
    expect(commonPasswords.size).toBe(5000)
    for (const word of commonPasswords) expect(word).toBe(word.normalize('NFKC').toLowerCase())
  })
})

test.each(['ada.lovelace@example.com', 'Ada.Lovelace@Example.com', 'ada.lovelace'])(
  'one’s own address, as in %s, is refused',
  (password) => {
    expect(judge(password)).toBe('email')
  },
)

test.each([
  'alllowercaseletters',
  'ALLUPPERCASE LETTERS',
  '7403958164',
  'no digit in here',
  'zzzzzzzzzzzzzzzz',
  'пароль на память',
])('no rule says what %s must be made of', (password) => {
  expect(judge(password)).toBeNull()
})
