/** Owns what the document says of the operations for administrators. */

import { auditQuery, listUsersQuery, sessionId, userId } from '../contract/bodies.ts'
import { headers } from '../contract/headers.ts'
import { JSON_TYPE } from '../contract/media-types.ts'
import { METADATA_BYTES } from '../contract/metadata.ts'
import type { OperationId } from '../contract/operations.ts'
import { userAnswer } from './account.ts'
import type { Description } from './description.ts'
import { auditEntry, email, password, phone, user } from './examples.ts'
import { receiptAnswer } from './sessions.ts'

const path = { id: { schema: userId, note: "The user's id." } }
const ENDS = 'A new password, email or role, or a ban, ends every session of the user.'
const FIELDS = `\`ban_duration\` looks like \`24h\` or \`1h30m\`; \`none\` lifts a ban. Metadata may have ${METADATA_BYTES / 1024} KiB as JSON; null removes a field.`

export const administrationOperations = {
  listUsers: {
    tag: 'Administration',
    summary: 'List accounts, newest first',
    query: {
      schema: listUsersQuery,
      notes: {
        page: 'From 1. If you delete while paging, read page 1 again: later entries move up.',
        per_page: 'Accounts on a page.',
        filter:
          'The beginning of an email address (accounts then come in the order of their addresses), or a whole user id.',
      },
    },
    answers: {
      200: {
        description: 'One page.',
        content: {
          type: JSON_TYPE,
          schema: 'Users',
          examples: { one: { users: [user], aud: 'authenticated', total: 1 } },
        },
        headers: [headers.totalCount, headers.link],
      },
    },
  },
  createUser: {
    tag: 'Administration',
    summary: 'Make an account',
    description: `Without \`email_confirm\` it cannot sign in yet. ${FIELDS}`,
    body: {
      form: 'json',
      required: true,
      schemas: ['CreateUser'],
      examples: { admin: { email, password, email_confirm: true, role: 'admin' } },
    },
    answers: { 200: userAnswer('The new account.') },
    refusals: ['email_invalid', 'role_reserved', 'password_weak', 'email_taken'],
    faults: ['change'],
  },
  getUserById: {
    tag: 'Administration',
    summary: 'See an account',
    path,
    answers: { 200: userAnswer('The account.') },
    refusals: ['user_unknown'],
  },
  changeUserById: {
    tag: 'Administration',
    summary: 'Change or ban an account',
    description: `${ENDS} ${FIELDS}`,
    path,
    body: {
      form: 'json',
      required: true,
      schemas: ['ChangeUserById'],
      examples: { ban: { ban_duration: '24h' }, role: { role: 'admin' } },
    },
    answers: { 200: userAnswer('The account as it is now.') },
    refusals: [
      'user_unknown',
      'email_invalid',
      'role_reserved',
      'password_weak',
      'email_taken',
      'overtaken',
    ],
    faults: ['change'],
  },
  deleteUserById: {
    tag: 'Administration',
    summary: 'Delete an account',
    description: 'Ends every session of it, for good.',
    path,
    body: {
      form: 'json',
      required: false,
      schemas: ['DeleteUserById'],
      examples: { hard: { should_soft_delete: false } },
    },
    answers: { 200: userAnswer('The account as it was.') },
    refusals: ['user_unknown', 'overtaken'],
    faults: ['change'],
  },
  listUserSessions: {
    tag: 'Administration',
    summary: "See a user's sessions",
    path,
    answers: {
      200: {
        description: 'The live sessions of the user.',
        content: {
          type: JSON_TYPE,
          schema: 'Sessions',
          examples: { one: { sessions: [phone] } },
        },
      },
    },
    refusals: ['user_unknown'],
  },
  endUserSession: {
    tag: 'Administration',
    summary: "End one of a user's sessions",
    path: {
      ...path,
      session: { schema: sessionId, note: 'As listed by `GET /admin/users/:id/sessions`.' },
    },
    answers: { 200: receiptAnswer('Logout successful', 'session', 1) },
    refusals: ['session_unknown'],
    faults: ['logout'],
  },
  endUserSessions: {
    tag: 'Administration',
    summary: "End a user's sessions",
    path,
    answers: { 200: receiptAnswer('Logged out from all devices', 'global', 2) },
    refusals: ['user_unknown', 'overtaken'],
    faults: ['logout'],
  },
  endEveryone: {
    tag: 'Administration',
    summary: "End everyone's sessions",
    description: 'One step, however many there are. Service tokens keep working.',
    answers: { 200: receiptAnswer('Everyone is logged out', 'realm', null) },
    faults: ['logout'],
  },
  readAudit: {
    tag: 'Administration',
    summary: 'Read the audit log, newest first',
    query: {
      schema: auditQuery,
      notes: {
        user: "One user's only. Failed sign-ins are included only if you ask for them by `action`.",
        action: 'Such as `logout` or `login_failed`.',
        per_page: 'Entries on a page.',
        after: 'The `next` of the page before.',
      },
    },
    answers: {
      200: {
        description: 'One page.',
        content: {
          type: JSON_TYPE,
          schema: 'AuditPage',
          examples: { last: { entries: [auditEntry], next: null } },
        },
      },
    },
  },
} satisfies Partial<Record<OperationId, Description>>
