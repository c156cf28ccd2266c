/** Owns how a setting that is written as JSON is read. Knows none of these settings. */

import * as z from 'zod/mini'

/** `read` returns what the setting lists, or a sentence that says what is wrong without repeating it. */
export const listReadBy = <Item>(read: (text: string) => Item[] | string) =>
  z.transform((text: string, context): Item[] => {
    const list = read(text)
    if (typeof list !== 'string') return list
    context.issues.push({ code: 'custom', input: '', message: list })
    return []
  })

/** Null for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
