/** Owns the plain keeping of named values in the browser, in memory where the browser will not. Knows no meaning. */

import type { Shelf } from './page.ts'

export interface Cupboard {
  /** Null when it is not there, or not ours. */
  get<Value>(name: string): Value | null
  set(name: string, value: unknown): void
  remove(name: string): void
  names(start: string): string[]
}

export function openCupboard(shelf: Shelf | null | undefined, prefix: string): Cupboard {
  const memory: Record<string, string> = {}
  return {
    get(name) {
      try {
        return JSON.parse(memory[prefix + name] ?? shelf?.getItem(prefix + name) ?? 'null')
      } catch {
        return null
      }
    },
    set(name, value) {
      const text = JSON.stringify(value)
      try {
        if (!shelf) throw shelf
        shelf.setItem(prefix + name, text)
      } catch {
        // No shelf, or a full one.
        memory[prefix + name] = text
      }
    },
    remove(name) {
      delete memory[prefix + name]
      shelf?.removeItem(prefix + name)
    },
    names: (start) =>
      Object.keys({ ...shelf, ...memory })
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
  }
}
