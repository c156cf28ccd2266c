/** Owns how any answer of Redis is read: a wrong shape is a StoreFault, never a missing value. Asks nothing. */

import { wrongShape } from './rest.ts'

/** An answer that must be a list of texts and numbers. */
export function texts(answer: unknown): string[] {
  if (!Array.isArray(answer)) throw wrongShape()
  return answer.map((item: unknown) => {
    if (typeof item !== 'string' && typeof item !== 'number') throw wrongShape()
    return String(item)
  })
}

/** The answer of an MGET: as many texts or nulls as there were keys. A wrong shape must never read as 'missing'. */
export function values(answer: unknown, count: number): (string | null)[] {
  if (!Array.isArray(answer) || answer.length !== count) throw wrongShape()
  return answer.map((item: unknown) => {
    if (item === null) return null
    if (typeof item !== 'string' && typeof item !== 'number') throw wrongShape()
    return String(item)
  })
}

/** An answer, or the first text of one, as one of the outcomes that the script may have. */
export function outcome<const Kind extends string>(text: unknown, kinds: readonly Kind[]): Kind {
  const kind = kinds.find((candidate) => candidate === text)
  if (kind === undefined) throw wrongShape()
  return kind
}

/** A whole number that Redis holds as text. */
export function whole(text: string | undefined): number {
  if (text === undefined || !/^\d{1,16}$/.test(text)) throw wrongShape()
  return Number(text)
}

export const required = <Value>(value: Value | null | undefined): Value => {
  if (value === null || value === undefined) throw wrongShape()
  return value
}

/** A hash, from a flat list of fields and values. */
export function readFields(flat: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(required(flat[i]), required(flat[i + 1]))
  return fields
}

/** The answer of readHashes: fields and values of as many hashes as there were keys, an empty list for a missing one. */
export function hashes(answer: unknown, count: number): string[][] {
  const lists = readLists(texts(answer))
  if (lists.length !== count) throw wrongShape()
  return lists.map(({ list }) => list)
}

/** Cuts `count, texts…, count, texts…` into its lists. */
export function readLists(flat: readonly string[], lead = 0): { lead: string[]; list: string[] }[] {
  const lists: { lead: string[]; list: string[] }[] = []
  for (let at = 0; at < flat.length; ) {
    const start = at + lead + 1
    const end = start + whole(flat[at + lead])
    if (end > flat.length) throw wrongShape()
    lists.push({ lead: flat.slice(at, at + lead), list: flat.slice(start, end) })
    at = end
  }
  return lists
}
