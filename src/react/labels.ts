/** Owns every word that the kit shows. Replace any of them with `labels`, on the provider or on one component. */

import type { AuthError, EndedBecause, LogoutResult, SessionBody } from '../client/index.ts'

export const defaultLabels = {
  logOut: 'Log out',
  loggingOut: 'Logging out…',
  confirmTitle: 'Log out?',
  confirmText: 'You will need your password to sign in on this device again.',
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
  failed: ({ message, retryAfter }: AuthError) =>
    retryAfter ? `${message} Try again in ${retryAfter} s.` : message,
  /** What a logout came to. An empty text says nothing. */
  outcome: ({ server, scope, sessionsEnded, error }: LogoutResult): string => {
    if (server === 'refused') return `The server refused: ${error?.message ?? 'no reason given'}`
    if (server === 'queued')
      return scope === 'others'
        ? 'Not confirmed yet: the other devices may still be signed in. It is sent again when the server can be reached.'
        : 'Signed out here, not yet confirmed there. It is sent again when the server can be reached.'
    if (scope !== 'others') return 'Signed out.'
    if (sessionsEnded === 0) return 'No other device was signed in.'
    return sessionsEnded === 1 ? 'One other session ended.' : 'The other sessions ended.'
  },
  /** Why nobody is signed in any more. */
  ended: {
    logout: 'You are signed out.',
    elsewhere: 'This session was ended from another place.',
    idle: 'You were signed out because nothing happened for a while.',
    expired: 'Your session has expired.',
  } satisfies Record<EndedBecause, string>,
  unconfirmed:
    'Signed out here, not yet confirmed there. It is sent again when the server can be reached.',
}

export type Labels = typeof defaultLabels
