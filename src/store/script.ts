/** Owns what a Lua script is, and how one is put together from pieces. Holds no Lua, and never calls Redis. */

export interface Script {
  source: string
}

/** Lua that several scripts share. */
export interface Piece {
  source: string
  /** The pieces that its own lines call. */
  needs: readonly Piece[]
}

export const piece = (source: string, ...needs: Piece[]): Piece => ({ source, needs })

/**
 * Makes a script of the pieces that its lines call, and then those lines. Each piece is in it once, after the pieces it needs.
 * The first line keeps Upstash from locking the whole database; src/dev takes it off for other servers.
 */
export function defineScript(...parts: [...Piece[], string]): Script {
  const sources = new Set(parts.flatMap(sourcesOf))
  const lines = Array.from(sources, (source) => source.trim())
  return { source: `#!lua flags=allow-key-locking\n${lines.join('\n')}` }
}

const sourcesOf = (part: Piece | string): string[] =>
  typeof part === 'string' ? [part] : [...part.needs.flatMap(sourcesOf), part.source]
