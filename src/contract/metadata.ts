/** Owns how large and how deep an account's metadata may be. Never reads or keeps any. */

/** Bytes as JSON, of each kind: what one call may bring, and what an account may have, however many calls there were. */
export const METADATA_BYTES = 16 * 1024
/** Levels of lists and objects. Whatever writes JSON goes down level by level, and must come up again. */
export const METADATA_DEPTH = 32

export const bytesAsJson = (value: unknown): number =>
  new TextEncoder().encode(JSON.stringify(value)).length

/** Whether it nests no deeper than that. Level by level itself, for it must survive what it refuses. */
export function isShallow(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > METADATA_DEPTH) return false
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    )
  }
  return true
}
