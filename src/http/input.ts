/** Owns the reading of bodies and queries: media type, JSON, schema. What does not fit is refused, and never repeated back. */

import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { AppEnv, RawBody } from './environment.ts'
import { bytesOf } from './incoming-body.ts'
import type { InputRefusal } from './problem.ts'

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

/** Which media types a body may come as. */
export type BodyForm = 'json' | 'json-or-form' | 'form'

export const ACCEPTED: Record<BodyForm, string> = {
  json: JSON_TYPE,
  form: FORM_TYPE,
  'json-or-form': `${JSON_TYPE} or ${FORM_TYPE}`,
}

type Read<Value> = Result<Value, InputRefusal>

/** The body as the schema's output. A form is accepted where OAuth sends one (RFC 6749 section 4.3.2). */
export async function readBody<Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
  forms: BodyForm = 'json',
): Promise<Read<z.output<Schema>>> {
  const raw = await readRaw(c, forms)
  if (!raw.ok) return raw
  return check(schema, raw.value.value, raw.value.form ? 400 : 422)
}

/** The same where a body may be left out: then it counts as an empty object. */
export async function readOptionalBody<Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
): Promise<Read<z.output<Schema>>> {
  // Read by hand: clients announce JSON and then send nothing.
  return (await readText(c)) === '' ? check(schema, {}, 422) : readBody(c, schema)
}

export const readQuery = <Schema extends z.ZodMiniType>(
  c: Context<AppEnv>,
  schema: Schema,
): Read<z.output<Schema>> => check(schema, c.req.query(), 400)

/** One value, such as a part of the path. */
export function check<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  status: 400 | 422,
): Read<z.output<Schema>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const sentence = parsed.error.issues
    .slice(0, 5)
    // The field alone: what is below it, such as a name in the metadata, is the caller's own text.
    .map(({ path: [field], message }) =>
      field === undefined ? message : `${String(field)}: ${message}`,
    )
    .join('; ')
  return refuse({ reason: 'input_invalid', sentence, status })
}

/** As bytes: of every body read as text whose type is none, workerd writes that type, which is the caller's, into its log. */
const readText = async (c: Context<AppEnv>): Promise<string> =>
  new TextDecoder().decode(await bytesOf(c))

async function readRaw(c: Context<AppEnv>, forms: BodyForm): Promise<Read<RawBody>> {
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isForm = type === FORM_TYPE
  if (isForm ? forms === 'json' : type !== JSON_TYPE || forms === 'form')
    return refuse({ reason: 'media_type_unsupported', accepted: ACCEPTED[forms] })
  // Some routes look at a body more than once, first for who calls.
  const known = c.get('rawBody')
  if (known) return ok(known)
  const raw = (isForm ? readForm : readJson)(await readText(c))
  if (raw.ok) c.set('rawBody', raw.value)
  return raw
}

function readJson(text: string): Read<RawBody> {
  try {
    return ok({ value: JSON.parse(text), form: false })
  } catch {
    return refuse({ reason: 'json_bad' })
  }
}

/** RFC 6749 section 3.2: an empty parameter counts as left out, and none may come twice. */
function readForm(text: string): Read<RawBody> {
  const pairs = [...new URLSearchParams(text)].filter(([, value]) => value !== '')
  const value = Object.fromEntries(pairs)
  return Object.keys(value).length === pairs.length
    ? ok({ value, form: true })
    : refuse({ reason: 'input_invalid', sentence: 'A parameter came more than once.', status: 400 })
}
