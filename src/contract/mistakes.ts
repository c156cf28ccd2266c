/** Owns the sentences for input that does not fit its schema, if the schema has none of its own. Never repeats the input. */

import type * as z from 'zod/mini'

const TYPES: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
}

function sentenceOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${TYPES[issue.expected] ?? `of the type ${issue.expected}`}`
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`
    case 'too_small':
      return issue.minimum === 1
        ? 'must not be empty'
        : `must have at least ${issue.minimum} characters`
    case 'too_big':
      return `must have at most ${issue.maximum} characters`
    case 'invalid_key':
      return 'contains a key that is too long'
    default:
      return 'is not valid'
  }
}

/** For `z.config`: zod/mini brings no sentences, and its English ones are not for people. */
export const sentences = { localeError: sentenceOf }
