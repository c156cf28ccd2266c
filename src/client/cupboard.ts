/** Owns the plain keeping of named values in the browser. Where that does not work they are not kept, and nothing throws. */

import type { Shelf } from './page.ts'

export interface Cupboard {
  /** Null when it is not there, or not ours. */
  get<Value>(name: string): Value | null
  /** False when there is no room for it: what was there before stays. */
  put(name: string, value: unknown): boolean
  /** As `put`, for what must not stay once it was to be replaced. */
  set(name: string, value: unknown): void
  remove(name: string): void
  names(): string[]
}

export function openCupboard(look: () => Shelf | null | undefined, prefix: string): Cupboard {
  const shelf = quietly(look)
  const cupboard: Cupboard = {
    get: (name) => quietly(() => JSON.parse(shelf?.getItem(prefix + name) ?? '')),
    put(name, value) {
      try {
        shelf?.setItem(prefix + name, JSON.stringify(value))
        return !!shelf
      } catch {
        return false
      }
    },
    set(name, value) {
      if (!cupboard.put(name, value)) cupboard.remove(name)
    },
    remove: (name) => shelf?.removeItem(prefix + name),
    names: () =>
      Object.keys(shelf ?? {})
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length)),
  }
  return cupboard
}

function quietly<Value>(attempt: () => Value): Value | null {
  try {
    return attempt()
  } catch {
    return null
  }
}
