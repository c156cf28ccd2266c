/** Owns what is said in several places of the document and stands in it once. Never what that is. */

import type { Json } from './json.ts'

export interface Shelf {
  entries: Record<string, Json>
  /** A reference to the value, which is taken in under that name, or under the next one when another has it. */
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
