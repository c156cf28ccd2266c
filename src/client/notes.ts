/** Owns the notes of logouts that the server has not confirmed: as little as is needed to ask again, and not for ever. */

import type { Cupboard } from './cupboard.ts'
import type { LogoutScope } from './types.ts'

/**
 * With cookies a note holds no secret: the cookie stays until the server takes it, and the `ticket` that the server gives
 * when it took the cookie and could not end the session can end it and do nothing else. A bearer's note holds the access
 * token: once that has expired it can only end its own session, and so can the note.
 */
export interface Note {
  scope: LogoutScope
  token?: string
  /** Epoch ms at which `token` expires. */
  tokenUntil?: number
  ticket?: string
  /** With `others`, which is sent by the session that stays. */
  sessionId?: string
  /** Epoch ms: not to be sent before, unless something has changed; and thrown away after. */
  due: number
  until: number
  /** 0 while the first attempt is under way. */
  tries: number
}

/** Milliseconds. What is not confirmed by then has ended by itself: a session lives so long without being used. */
const LIFE = 7 * 24 * 3600 * 1000

export const NOTE = 'logout:'

export interface Notes {
  add(note: Omit<Note, 'until' | 'tries'>): string
  put(name: string, note: Note): void
  remove(name: string): void
  get(name: string): Note | null
  /** Those that have not expired; the others go. */
  all(): [name: string, note: Note][]
}

let count = 0

export function createNotes(local: Cupboard, now: () => number): Notes {
  // One name a note: tabs that write at the same moment lose nothing.
  const notes: Notes = {
    add(note) {
      const name = `${NOTE}${now().toString(36)}${(++count).toString(36)}${Math.random().toString(36).slice(2, 6)}`
      local.set(name, { ...note, until: now() + LIFE, tries: 0 })
      return name
    },
    put: (name, note) => local.set(name, note),
    remove: (name) => local.remove(name),
    get: (name) => local.get<Note>(name),
    all: () =>
      local.names(NOTE).flatMap((name): [string, Note][] => {
        const note = notes.get(name)
        if (note && note.until > now()) return [[name, note]]
        local.remove(name)
        return []
      }),
  }
  return notes
}
