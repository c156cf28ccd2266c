/** Owns how large and how deep an account's metadata may be. Never reads or keeps any. */

/** Bytes as JSON, of each kind: what one call may bring, and what an account may have, however many calls there were. */
export const METADATA_BYTES = 16 * 1024
/** Levels of lists and objects. JSON.stringify calls itself for each level, so without a bound the stack could overflow. */
export const METADATA_DEPTH = 32

export const bytesAsJson = (value: unknown): number =>
  new TextEncoder().encode(JSON.stringify(value)).length

/** The value, then what it holds, level by level. A loop, not a recursion: it must survive the values that are refused. */
function* levelsOf(value: unknown): Generator<unknown[]> {
  for (let level = [value]; level.length > 0; ) {
    yield level
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    )
  }
}

/** Whether the value has at most METADATA_DEPTH levels. */
export function isShallow(value: unknown): boolean {
  const levels = levelsOf(value)
  for (let depth = 0; depth <= METADATA_DEPTH; depth++) if (levels.next().done) return true
  return levels.next().done === true
}

/** Whether JSON can say all its numbers: it reads `1e999` as Infinity, and writes that as `null`. For values that are shallow. */
export function hasFiniteNumbers(value: unknown): boolean {
  for (const level of levelsOf(value))
    if (level.some((one) => typeof one === 'number' && !Number.isFinite(one))) return false
  return true
}
