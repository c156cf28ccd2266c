/** Owns the plain keeping of named values in the browser, in memory where the browser will not. Knows no meaning. */

import type { Shelf } from './page.ts'

export interface Cupboard {
  /** Null when it is not there, or not ours. */
  get<Value>(name: string): Value | null
  set(name: string, value: unknown): void
  remove(name: string): void
  names(prefix: string): string[]
}

export function openCupboard(shelf: Shelf | null, prefix: string): Cupboard {
  const memory = new Map<string, string>()
  return {
    get(name) {
      const text = memory.get(prefix + name) ?? shelf?.getItem(prefix + name)
      try {
        return text ? JSON.parse(text) : null
      } catch {
        return null
      }
    },
    set(name, value) {
      const text = JSON.stringify(value)
      try {
        if (!shelf) throw shelf
        shelf.setItem(prefix + name, text)
        memory.delete(prefix + name)
      } catch {
        // No shelf, or a full one.
        memory.set(prefix + name, text)
      }
    },
    remove(name) {
      memory.delete(prefix + name)
      shelf?.removeItem(prefix + name)
    },
    names(start) {
      const keys = [...memory.keys()]
      for (let i = 0; i < (shelf?.length ?? 0); i++) keys.push(shelf?.key(i) ?? '')
      return keys
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length))
    },
  }
}
