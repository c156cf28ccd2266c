/** Owns what the document says of signing up and of one's own account. */

import { eventsQuery } from '../contract/bodies.ts'
import { JSON_TYPE } from '../contract/media-types.ts'
import { METADATA_BYTES } from '../contract/metadata.ts'
import type { OperationId } from '../contract/operations.ts'
import { REAUTHENTICATION_TTL } from '../domain/policy.ts'
import type { Description, Success } from './description.ts'
import { email, event, password, reauthentication, user } from './examples.ts'
import { tokensAnswer } from './sessions.ts'

export const userAnswer = (description: string): Success => ({
  description,
  content: { type: JSON_TYPE, schema: 'User', examples: { user } },
})

const PROOF = `a sign-in or \`POST /reauthenticate\` in this session within the last ${REAUTHENTICATION_TTL / 60} minutes (the default), or \`current_password\``

export const accountOperations = {
  signUp: {
    tag: 'Account',
    summary: 'Make an account and sign in with it',
    description: `The address counts as confirmed. \`data\` may have ${METADATA_BYTES / 1024} KiB as JSON.`,
    body: {
      form: 'json',
      required: true,
      schemas: ['SignUp'],
      examples: { person: { email, password, data: { name: 'Ada' } } },
    },
    transport: { clearedOn: [] },
    answers: { 200: tokensAnswer('The tokens of the first session.') },
    refusals: [
      'sign_up_closed',
      'email_invalid',
      'password_weak',
      'user_exists',
      'rate_limited',
      'overtaken',
    ],
    faults: ['signUp'],
    limits: ['sign_up_address'],
  },
  getUser: {
    tag: 'Account',
    summary: 'See your own account',
    answers: { 200: userAnswer('The account.') },
  },
  changeUser: {
    tag: 'Account',
    summary: 'Change your own account',
    description: `A new password or email ends every other session, and needs ${PROOF}. With \`logout\`, alone or beside any change, the other sessions end (\`others\`), or this one too (\`global\`). Fields that are left out stay; \`data\` is merged into the existing data, and null removes a field.`,
    body: {
      form: 'json',
      required: true,
      schemas: ['ChangeUser'],
      examples: {
        password: { password: 'a fresh horse battery', current_password: password },
        name: { data: { name: 'Ada L.' } },
      },
    },
    answers: { 200: userAnswer('The account as it is now.') },
    refusals: [
      'email_invalid',
      'reauthentication_needed',
      'password_wrong',
      'password_weak',
      'password_same',
      'email_taken',
      'rate_limited',
      'overtaken',
    ],
    faults: ['change'],
    limits: ['change_account', 'reauthenticate', 'sign_up_address'],
  },
  deleteUser: {
    tag: 'Account',
    summary: 'Delete your own account',
    description: `Ends every session of it. Needs ${PROOF}.`,
    body: {
      form: 'json',
      required: false,
      schemas: ['DeleteUser'],
      examples: { proof: { current_password: password } },
    },
    answers: {
      200: {
        description: 'The account is gone.',
        content: { type: JSON_TYPE, schema: 'Empty', examples: { empty: {} } },
      },
    },
    refusals: ['reauthentication_needed', 'password_wrong', 'rate_limited', 'overtaken'],
    faults: ['change'],
    limits: ['reauthenticate'],
  },
  listEvents: {
    tag: 'Account',
    summary: 'See what happened to your own account, newest first',
    description:
      'The network address is empty unless you did it yourself; if an operator did it, device, place and detail are empty too.',
    query: {
      schema: eventsQuery,
      notes: { per_page: 'Events on a page.', after: 'The `next` of the page before.' },
    },
    answers: {
      200: {
        description: 'One page.',
        content: {
          type: JSON_TYPE,
          schema: 'EventPage',
          examples: { last: { events: [event], next: null } },
        },
      },
    },
  },
  reauthenticate: {
    tag: 'Account',
    summary: 'Prove the password again',
    description: 'RFC 9470. Tokens carry it as `auth_time` from the next refresh.',
    body: {
      form: 'json',
      required: true,
      schemas: ['Password'],
      examples: { password: { password } },
    },
    answers: {
      200: {
        description: 'Until `valid_until` this session may make changes that need a proof.',
        content: {
          type: JSON_TYPE,
          schema: 'Reauthentication',
          examples: { proven: reauthentication },
        },
      },
    },
    refusals: ['password_wrong', 'rate_limited', 'overtaken'],
    faults: ['change'],
    limits: ['reauthenticate'],
  },
} satisfies Partial<Record<OperationId, Description>>
