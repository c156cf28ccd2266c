/** Owns what one request is made of: plain data, so that it can be printed, shrunk and sent again. Never a living token. */

/** A body as text, or as bytes in base64; `times` repeats it, so that a large one is still a short recipe. */
export interface BodyRecipe {
  text?: string
  base64?: string
  times?: number
  /** Sent as a stream of unknown length. */
  streamed?: boolean
  /** Half of it is sent, then the sender is gone. */
  broken?: boolean
}

/**
 * Texts hold places such as `*access.person*`, which are filled in when the recipe is sent: here with the access token of the
 * person of then. All else is encoded already for where it stands, and what is filled in needs no encoding.
 */
export interface Recipe {
  method: string
  /** With the query, as it goes over the wire. */
  target: string
  headers: [name: string, value: string][]
  body: BodyRecipe | null
}

export const readRecipe = (json: string): Recipe => {
  const recipe: unknown = JSON.parse(json)
  if (typeof recipe !== 'object' || recipe === null || !('target' in recipe))
    throw new TypeError('A recipe has method, target, headers and body.')
  return { method: 'GET', headers: [], body: null, ...recipe } as Recipe
}
