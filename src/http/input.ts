/** Owns the reading of bodies, queries and paths: media type, UTF-8, JSON, schema. Refuses what does not fit; never repeats it. */

import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { FORM_TYPE, JSON_TYPE } from '../contract/media-types.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { AppEnv, RawBody } from './environment.ts'
import { bytesOf } from './incoming-body.ts'
import type { InputRefusal } from './refusal-words.ts'

/** Which media types a body may come as. */
export type BodyForm = 'json' | 'json-or-form' | 'form'

export const MEDIA_TYPES: Record<BodyForm, readonly string[]> = {
  json: [JSON_TYPE],
  form: [FORM_TYPE],
  'json-or-form': [JSON_TYPE, FORM_TYPE],
}

export const unsupported = (form: BodyForm): InputRefusal => ({
  reason: 'media_type_unsupported',
  accepted: MEDIA_TYPES[form].join(' or '),
})

type Read<Value> = Result<Value, InputRefusal>

/** The body as the schema's output. A form is accepted where OAuth sends one (RFC 6749 section 4.3.2). */
export async function readBody<Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
  forms: BodyForm = 'json',
): Promise<Read<z.output<Schema>>> {
  const raw = await readRaw(c, forms)
  if (!raw.ok) return raw
  return check(schema, raw.value.value, raw.value.isForm ? 400 : 422)
}

/** The same where a body may be left out: then it counts as an empty object. */
export async function readOptionalBody<Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
): Promise<Read<z.output<Schema>>> {
  // Read by hand: clients announce JSON and then send nothing.
  return (await bytesOf(c)).byteLength === 0 ? check(schema, {}, 422) : readBody(c, schema)
}

export function readQuery<Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
): Read<z.output<Schema>> {
  const given = Object.entries(c.req.queries())
  const values = onceEach(given.flatMap(([name, all]) => all.map((value) => [name, value])))
  return values.ok ? check(schema, values.value, 400) : values
}

/** A parameter of the path, such as `id` of /sessions/:id. */
export const readParameter = <Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  name: string,
  schema: Schema,
): Read<z.output<Schema>> => check(schema, c.req.param(name), 400, name)

/** Checks one value. The sentence begins with the field's name, or with `name` where the value itself is wrong. */
export function check<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  status: 400 | 422,
  name = 'body',
): Read<z.output<Schema>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const sentence = parsed.error.issues
    .slice(0, 5)
    // Only the top field is named: names below it, such as those in the metadata, are the caller's own text.
    .map(({ path: [field = name], message }) => `${String(field)}: ${message}`)
    .join('; ')
  return refuse({ reason: 'input_invalid', sentence, status })
}

async function readRaw(c: Context<AppEnv>, forms: BodyForm): Promise<Read<RawBody>> {
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isForm = type === FORM_TYPE
  if (isForm ? forms === 'json' : type !== JSON_TYPE || forms === 'form')
    return refuse(unsupported(forms))
  // Some routes read a body by several schemas, first by that of the client's credentials.
  const known = c.get('rawBody')
  if (known) return ok(known)
  // As bytes: when a body is read as text but its Content-Type is no text, workerd logs that type, which the caller chose.
  const text = decode(await bytesOf(c))
  const raw = isForm ? readForm(text) : readJson(text)
  if (raw.ok) c.set('rawBody', raw.value)
  return raw
}

/** Null when it is not UTF-8. A lenient reader would turn every byte of another code page into the same character, U+FFFD. */
function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}

/** RFC 8259 section 8.1 wants UTF-8. */
function readJson(text: string | null): Read<RawBody> {
  if (text === null) return refuse({ reason: 'json_bad' })
  try {
    return ok({ value: JSON.parse(text), isForm: false })
  } catch {
    return refuse({ reason: 'json_bad' })
  }
}

/** RFC 6749 section 3.2: an empty parameter counts as left out. */
function readForm(text: string | null): Read<RawBody> {
  if (text === null) return misread('The body is not UTF-8.')
  const values = onceEach([...new URLSearchParams(text)].filter(([, value]) => value !== ''))
  return values.ok ? ok({ value: values.value, isForm: true }) : values
}

/** RFC 6749 section 3.2: no parameter may come twice. Of a logout's two scopes, one would be ignored in silence. */
function onceEach(parameters: [name: string, value: string][]): Read<Record<string, string>> {
  const values = Object.fromEntries(parameters)
  return Object.keys(values).length === parameters.length
    ? ok(values)
    : misread('A parameter came more than once.')
}

const misread = (sentence: string): Read<never> =>
  refuse({ reason: 'input_invalid', sentence, status: 400 })
