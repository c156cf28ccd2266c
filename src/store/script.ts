/** Owns what a Lua script is, and how one is put together from pieces. Holds no Lua, and never calls Redis. */

export interface Script {
  source: string
}

/** Lua that several scripts share. */
export interface Piece {
  source: string
  /** What it calls itself. */
  needs: readonly Piece[]
}

export const piece = (source: string, ...needs: Piece[]): Piece => ({ source, needs })

/**
 * From the pieces that it calls by itself, and its own lines behind them. Each piece stands once, behind what it needs. The
 * first line keeps Upstash from locking the whole database; other servers are given the script without it.
 */
export function defineScript(...parts: [...Piece[], string]): Script {
  const sources = new Set(parts.flatMap(sourcesOf))
  const lines = Array.from(sources, (source) => source.trim())
  return { source: `#!lua flags=allow-key-locking\n${lines.join('\n')}` }
}

const sourcesOf = (part: Piece | string): string[] =>
  typeof part === 'string' ? [part] : [...part.needs.flatMap(sourcesOf), part.source]
