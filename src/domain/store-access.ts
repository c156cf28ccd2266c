/** Owns the form of the Redis database's REST URL and token. Opens none, and never repeats a value that it refuses. */

export const isHttpUrl = (text: string): boolean =>
  /^https?:\/\/[^/]/.test(text) && URL.canParse(text)

/** A check of a text, and the mistake to report when the text fails it. */
export interface Form {
  has: (text: string) => boolean
  mistake: string
}

export const redisUrlForms: readonly Form[] = [
  { has: isHttpUrl, mistake: 'must be an http(s) URL' },
  {
    has: (text) => !/[@\\?#\s]/.test(text),
    mistake: 'must have no user, query, fragment, backslash or blank in it',
  },
]

/** A runtime that refuses a header may quote it in its error, so a token that cannot stand in one is never sent. */
export const redisTokenForms: readonly Form[] = [
  { has: (text) => text !== '', mistake: 'is empty' },
  {
    has: (text) => !/^(["']).*\1$/s.test(text),
    mistake: 'is in quotation marks: set it without them',
  },
  {
    has: (text) => /^[\x21-\x7e]+$/.test(text),
    mistake: 'must have no blank, no line break and no letter beyond ASCII in it',
  },
]

/** The first mistake; null when there is none. */
export const mistakeIn = (text: string, forms: readonly Form[]): string | null =>
  forms.find(({ has }) => !has(text))?.mistake ?? null
