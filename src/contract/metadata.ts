/** Owns how large and how deep an account's metadata may be. Never reads or keeps any. */

/** Bytes as JSON, of each kind: what one call may bring, and what an account may have, however many calls there were. */
export const METADATA_BYTES = 16 * 1024
/** Levels of lists and objects. JSON.stringify calls itself for each level, so without a bound the stack could overflow. */
export const METADATA_DEPTH = 32

export const bytesAsJson = (value: unknown): number =>
  new TextEncoder().encode(JSON.stringify(value)).length

/** Whether the value has at most METADATA_DEPTH levels. A loop, not a recursion: it must survive the values that it refuses. */
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
