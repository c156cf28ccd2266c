/** Owns the values for fields: right ones by their schema, almost right ones and wrong ones. Never which field gets which. */

import fc, { type Arbitrary } from 'fast-check'

/** Stands in the texts that are made up here, so that judge() finds it where it must not be. */
export const MARK = 'zqxmarkxqz'

export interface FieldSchema {
  type?: string
  enum?: string[]
  anyOf?: FieldSchema[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
}

const KNOWN_TROUBLE = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u2066',
  '\ufeff',
  '\r\nSet-Cookie: a=b',
  '"}],{"',
  "' OR 1=1 --",
  '#{7*7}$(id)',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'İſK',
  'e\u0301'.repeat(50),
  '%00%0d%0a%zz%c0%af',
  'return redis.call("FLUSHALL")',
]

/** Whatever text there can be, lone surrogates too, with the mark in it. */
export const oddText: Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(fc.nat(0xffff), { maxLength: 10 }).map((units) => String.fromCharCode(...units)),
      fc.constantFrom(...KNOWN_TROUBLE),
      fc.constantFrom(60, 250, 300, 1100, 5000, 20_000).map((length) => 'x'.repeat(length)),
    ),
    fc.boolean(),
  )
  .map(([text, isFirst]) => (isFirst ? MARK + text : text + MARK))

/** Odd texts that a header may hold. Only ASCII: workerd makes UTF-8 of other bytes, and prints a warning each time. */
export const oddHeaderText: Arbitrary<string> = fc.oneof(
  fc
    .array(fc.integer({ min: 0x20, max: 0x7e }), { maxLength: 30 })
    .map((codes) => MARK + String.fromCharCode(...codes)),
  fc.constantFrom(500, 5000, 20_000).map((length) => MARK + ','.repeat(length)),
  fc.constantFrom(`"${MARK}`, `${MARK};q=`, `,,;=${MARK}`, `\t${MARK}\t`, `${MARK}=%00; ${MARK}`),
)

const deep = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth)

/** JSON that is some value or other, as text: texts can say more than values, such as 1e400 or a name twice. */
export const oddJson: Arbitrary<string> = fc.oneof(
  oddText.map((text) => JSON.stringify(text)),
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e400',
    '-1e-400',
    '123456789012345678901234567890',
    '9007199254740993',
    '[]',
    '{}',
    '""',
    '"\\u0000"',
    '"\\ud800"',
    `[["${MARK}"]]`,
    `{"__proto__":{"${MARK}":true}}`,
    `{"constructor":{"prototype":{"${MARK}":true}}}`,
    `{"toString":"${MARK}","length":-1,"then":1}`,
    `{"${MARK}":1,"${MARK}":2}`,
  ),
  fc
    .tuple(fc.constantFrom(['[', ']'], ['{"a":', '']), fc.constantFrom(10, 500, 3000, 10_000))
    .map(([[open = '', close = ''], depth]) =>
      close === '' ? `${open.repeat(depth)}1${'}'.repeat(depth)}` : deep(open, close, depth),
    ),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify({ [MARK]: value })),
)

/** A value that the schema allows, as JSON. */
export function fitting(schema: FieldSchema): Arbitrary<string> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(fitting))
  if (schema.enum) return fc.constantFrom(...schema.enum.map((text) => JSON.stringify(text)))
  switch (schema.type) {
    case 'string':
      return fittingText(schema).map((text) => JSON.stringify(text))
    case 'integer':
      return fc
        .oneof(
          { weight: 9, arbitrary: fc.integer({ min: schema.minimum ?? 0, max: 20 }) },
          { weight: 1, arbitrary: fc.constant(schema.maximum ?? 100) },
        )
        .map(String)
    case 'boolean':
      return fc.constantFrom('true', 'false')
    case 'object':
      return fc
        .dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
        .map((value) => JSON.stringify({ ...value, [MARK]: MARK }))
    default:
      return fc.constant('null')
  }
}

/** A text that the schema allows, with the mark where there is room for it. */
export function fittingText({
  pattern,
  enum: some,
  maxLength = 40,
}: FieldSchema): Arbitrary<string> {
  if (some) return fc.constantFrom(...some)
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const room = Math.min(maxLength, 40) - MARK.length
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: room }) },
      { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength - MARK.length)) },
    )
    .map((text) => MARK + text)
}

/** Almost right: too long by one, too large by one, of another case, with something before or behind. */
export function almost(schema: FieldSchema): Arbitrary<string> {
  const { maxLength, maximum, minimum } = schema
  const long = maxLength === undefined ? [] : [fc.constant(MARK.padEnd(maxLength + 1, 'x'))]
  const large = maximum === undefined ? [] : [fc.constant(String(maximum + 1))]
  const small = minimum === undefined ? [] : [fc.constant(String(minimum - 1))]
  const spoilt = fc
    .tuple(
      fittingText(schema),
      fc.constantFrom<(text: string) => string>(
        (text) => text.toUpperCase(),
        (text) => `${text} `,
        (text) => `\n${text}`,
        (text) => text.slice(1),
        (text) => `${text}${text}`,
        (text) => `${text}\0`,
      ),
    )
    .map(([text, spoil]) => spoil(text))
  return fc.oneof(spoilt, ...long, ...large, ...small, fc.constant(''))
}
