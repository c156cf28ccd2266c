/** Owns every word that the kit shows. Replace any of them with `labels`, on the provider or on one component. */

import type {
  AuthError,
  EndedBecause,
  LogoutResult,
  LogoutScope,
  SessionBody,
} from '../client/index.ts'

const AGAIN = 'It is sent again when the server can be reached.'
const UNCONFIRMED = 'A logout is not confirmed yet: other sessions may still be signed in.'
const AGAIN_HERE = 'Keep this page open: it is sent again when the server can be reached.'

export const defaultLabels = {
  logOut: 'Log out',
  loggingOut: 'Logging out…',
  confirmTitle: {
    local: 'Log out?',
    others: 'Log out your other devices?',
    global: 'Log out all your devices?',
  } satisfies Record<LogoutScope, string>,
  confirmText: {
    local: 'You will need your password to sign in on this device again.',
    others: 'You stay signed in here. Every other device will need your password again.',
    global: 'Every device will need your password again, this one too.',
  } satisfies Record<LogoutScope, string>,
  cancel: 'Cancel',
  options: 'Log out…',
  thisDevice: 'This device',
  otherDevices: 'Other devices',
  allDevices: 'All devices',
  sessions: 'Signed-in devices',
  loadingSessions: 'Looking for your devices…',
  currentSession: 'This device',
  lastSeen: (when: string) => `Last seen ${when}`,
  time: (at: Date) => at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  device: ({ device, place }: SessionBody) => [device || 'Unknown device', place].filter(Boolean),
  endSession: 'End',
  endingSession: 'Ending…',
  endSessionOf: (device: string) => `End the session on ${device}`,
  sessionEnded: (device: string) => `The session on ${device} has ended.`,
  tryAgain: 'Try again',
  idleTitle: 'Still there?',
  idleText: (seconds: number) => `You will be logged out in ${seconds} s.`,
  stay: 'Stay signed in',
  /** The service's own sentence says when to try again. */
  failed: ({ message }: AuthError): string => message,
  /** What a logout came to. An empty text says nothing. */
  outcome: ({ server, scope, sessionsEnded, until, error }: LogoutResult): string => {
    if (server === 'refused') return `The server refused: ${error?.message ?? 'no reason given'}`
    if (server === 'queued') {
      const what =
        scope === 'others'
          ? 'Not confirmed yet: the other devices may still be signed in.'
          : 'Signed out here, not yet confirmed there.'
      return `${what} ${until === null ? AGAIN_HERE : AGAIN}`
    }
    if (scope !== 'others') return 'Signed out.'
    if (sessionsEnded === 0) return 'No other device was signed in.'
    return sessionsEnded === 1 ? 'One other session ended.' : 'The other sessions ended.'
  },
  /** Why nobody is signed in any more. */
  ended: {
    logout: 'You are signed out.',
    elsewhere: 'You were signed out from another device or tab.',
    idle: 'You were signed out due to inactivity.',
    expired: 'Your session has expired.',
  } satisfies Record<EndedBecause, string>,
  unconfirmed: `Signed out here, not yet confirmed there. ${AGAIN}`,
  /** The same, when only this page has the logout. */
  unsaved: `Signed out here, not yet confirmed there. ${AGAIN_HERE}`,
  /** The same two for somebody who is signed in, or may be: the logout was of the others, or came before this sign-in. */
  unconfirmedSignedIn: `${UNCONFIRMED} ${AGAIN}`,
  unsavedSignedIn: `${UNCONFIRMED} ${AGAIN_HERE}`,
  /** A logout was refused, or could not be sent in time. */
  givenUp: {
    local: 'A logout was not confirmed. To be sure, sign in and log out everywhere.',
    others: 'Your other devices may still be signed in. Log out everywhere again.',
    global: 'Your other devices may still be signed in. Sign in and log out everywhere again.',
  } satisfies Record<LogoutScope, string>,
}

export type Labels = typeof defaultLabels
