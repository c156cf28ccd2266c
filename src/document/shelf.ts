/** Owns the components that the document has once and refers to from several places. Never what is in them. */

import type { Json } from './json.ts'

export interface Shelf {
  entries: Record<string, Json>
  /** Keeps the value under the name, or under `name_2` and so on if another value has it. Returns a reference. */
  put: (name: string, value: Json) => Json
}

export function createShelf(section: 'examples' | 'responses'): Shelf {
  const entries: Record<string, Json> = {}
  const texts = new Map<string, string>()
  return {
    entries,
    put(name, value) {
      const text = JSON.stringify(value)
      const isFree = (key: string) => (texts.get(key) ?? text) === text
      let key = name
      for (let next = 2; !isFree(key); next++) key = `${name}_${next}`
      entries[key] = value
      texts.set(key, text)
      return { $ref: `#/components/${section}/${key}` }
    },
  }
}
