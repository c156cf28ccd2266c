/** Owns keeping named values, as JSON, in one of the browser's storages. Never throws: where that fails, nothing is kept. */

import type { WebStorage } from './page.ts'

export interface KeyValueStorage {
  /** Null when it is not there, or is no JSON. */
  get<Value>(name: string): Value | null
  /** False when it could not be stored, as for want of room: what was there before stays. */
  put(name: string, value: unknown): boolean
  /** As `put`, but if that fails, what was there before is removed: it must not outlive its replacement. */
  set(name: string, value: unknown): void
  remove(name: string): void
  names(): string[]
}

export function openStorage(
  look: () => WebStorage | null | undefined,
  prefix: string,
): KeyValueStorage {
  const browsers = quietly(look)
  const storage: KeyValueStorage = {
    get: (name) => quietly(() => JSON.parse(browsers?.getItem(prefix + name) ?? '')),
    put(name, value) {
      try {
        browsers?.setItem(prefix + name, JSON.stringify(value))
        return !!browsers
      } catch {
        return false
      }
    },
    set(name, value) {
      if (!storage.put(name, value)) storage.remove(name)
    },
    remove: (name) => browsers?.removeItem(prefix + name),
    names: () =>
      Object.keys(browsers ?? {})
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length)),
  }
  return storage
}

function quietly<Value>(attempt: () => Value): Value | null {
  try {
    return attempt()
  } catch {
    return null
  }
}
