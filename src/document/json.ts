/** Owns the name of any object of the document. Holds a type only. */

export type Json = Record<string, unknown>
