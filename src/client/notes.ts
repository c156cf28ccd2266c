/** Owns what is kept of logouts that the server has not confirmed: a note of each that waits, a mark of what was given up. Sends nothing. */

import type { Cupboard } from './cupboard.ts'
import type { Settings } from './settings.ts'
import type { LogoutScope } from './types.ts'

/**
 * A logout that the server has not confirmed: as little as is needed to ask again, and not for ever. With cookies it holds
 * no secret: the cookie stays until the server takes it, and the `ticket` that the server gives when it took the cookie and
 * could not end the session can end it and do nothing else. A bearer's holds the access token: once that has expired it
 * can only end its own session, and so can the note.
 */
export interface Note {
  name: string
  scope: LogoutScope
  token?: string | undefined
  /** With `global`: epoch ms at which `token` expires. */
  tokenUntil?: number | undefined
  ticket?: string | undefined
  /** With `others`: the session that stays, which sends it, and whether that one rests in a cookie. */
  sessionId?: string | undefined
  cookie?: boolean | undefined
  /** Epoch ms: not to be sent before, unless something has changed; and given up after. */
  due: number
  until: number
  /** Milliseconds between the last attempt and `due`; 0 while the first attempt is under way. */
  pause: number
}

export interface Notes {
  /** Those that wait. What is too old is given up. */
  all(): Note[]
  keep(note: Note): void
  /** It was confirmed, or is part of another note now. */
  drop(name: string): void
  /** It will not be confirmed any more. */
  giveUp(note: Note): void
  /** The reach of what was given up, and is still to be said. */
  givenUp(): LogoutScope | null
  /** What was given up has been done since, or somebody has signed in. */
  forgive(): void
  /** Only this page has it: it did not fit into the browser. */
  isUnsaved(name: string): boolean
}

export const NOTE = 'logout:'
const GIVEN_UP = 'given-up'

export function createNotes({ now }: Settings, local: Cupboard): Notes {
  /** What did not fit. `isNewer`: the browser has an older form of it. */
  const carried = new Map<string, { value: unknown; isNewer: boolean }>()

  const put = (name: string, value: unknown) => {
    if (local.put(name, value)) carried.delete(name)
    else carried.set(name, { value, isNewer: local.get(name) !== null })
  }
  const take = <Value>(name: string): Value | null => {
    const kept = local.get<Value>(name)
    // Another tab has seen to it, and taken the older form away.
    if (!kept && carried.get(name)?.isNewer) carried.delete(name)
    return (carried.get(name)?.value as Value | undefined) ?? kept
  }
  const drop = (name: string) => {
    carried.delete(name)
    local.remove(name)
  }

  const notes: Notes = {
    all: () =>
      [...new Set([...local.names(), ...carried.keys()])].flatMap((name) => {
        const note = name.startsWith(NOTE) && take<Note>(name)
        if (!note) return []
        if (note.until > now()) return [note]
        notes.giveUp(note)
        return []
      }),
    keep: (note) => put(note.name, note),
    drop,
    giveUp({ name, scope }) {
      // Unless another tab has seen to it meanwhile.
      if (take(name) && (scope !== 'local' || !notes.givenUp())) put(GIVEN_UP, scope)
      drop(name)
    },
    givenUp: () => take<LogoutScope>(GIVEN_UP),
    forgive: () => drop(GIVEN_UP),
    isUnsaved: (name) => carried.get(name)?.isNewer === false,
  }
  return notes
}
