/** Owns the plain keeping of named values, as JSON, in one of the browser's storages. Where that does not work they are not kept, and nothing throws. */

import type { WebStorage } from './page.ts'

export interface KeyValueStorage {
  /** Null when it is not there, or not ours. */
  get<Value>(name: string): Value | null
  /** False when there is no room for it: what was there before stays. */
  put(name: string, value: unknown): boolean
  /** As `put`, for what must not stay once it was to be replaced. */
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
