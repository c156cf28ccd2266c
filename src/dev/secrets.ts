/** Makes the service's secrets and reads them from files. Prints nothing and never replaces what is there. */
import { appendFile, chmod, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseEnv } from 'node:util'
import { readKeySet } from '../config-keys.ts'
import {
  generateSigningKey,
  importSigningKeys,
  type PrivateJwk,
  SigningKeysError,
} from '../crypto/signing-keys.ts'
import { Misuse } from './command-line.ts'
import { fromRoot } from './root.ts'

export const localSecretsFile = fromRoot('.dev.vars')
const secretBytes = 32

export const keySet = (keys: readonly PrivateJwk[]): string => JSON.stringify({ keys })

export const newSigningKeys = async (): Promise<string> => keySet([await generateSigningKey()])

/** 43 characters that nobody can guess. */
export const newSecret = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(secretBytes))).toString('base64url')

export const newRefreshSecret = newSecret

interface LocalSecrets {
  made: string[]
  /** A sentence for whoever starts the service. */
  warning?: string
}

/** Adds to the file the secrets that it lacks; `made` are their names. Takes others' rights to the file away. */
export async function ensureLocalSecrets(file: string): Promise<LocalSecrets> {
  const before = (await read(file)) ?? ''
  const present = parseEnv(before)
  const lines: Record<string, () => Promise<string>> = {
    SIGNING_KEYS: () => newSigningKeys(),
    REFRESH_SECRETS: async () => newRefreshSecret(),
  }
  const missing = Object.entries(lines).filter(([name]) => !present[name])
  // If the last line lacks its line break, ours would become a part of it.
  let text = before === '' || before.endsWith('\n') || missing.length === 0 ? '' : '\n'
  for (const [name, make] of missing) text += `${name}='${await make()}'\n`
  try {
    if (text !== '') await appendFile(file, text, { mode: 0o600 })
  } catch (error) {
    throw new Misuse(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
  const made = missing.map(([name]) => name)
  try {
    // A file that someone made by hand may be open to all.
    if ((await stat(file)).mode & 0o077) await chmod(file, 0o600)
    return { made }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { made, warning: `Others may read ${file}, and its rights cannot be changed (${code}).` }
  }
}

interface HeldSecrets {
  keys: PrivateJwk[]
  /** As they are written; undefined when there are none beside the keys. */
  refreshSecrets: string | undefined
}

/** The SIGNING_KEYS of a file (JSON, or lines as in .dev.vars) or of an environment variable. */
export const readSigningKeys = async (source: string, command?: string): Promise<PrivateJwk[]> =>
  (await readSecrets(source, command)).keys

/**
 * The SIGNING_KEYS as above, and the REFRESH_SECRETS that the same lines may hold: read once, since the source may be a pipe.
 * `command` is what the source was given to, for the sentence on one that is missing.
 */
export async function readSecrets(source: string, command?: string): Promise<HeldSecrets> {
  const inEnvironment = process.env[source]
  const text = inEnvironment ?? (await read(source))
  if (text === undefined) {
    const hint = hintOn(source, command)
    throw new Misuse(`There is no file or environment variable "${source}".${hint}`)
  }
  const isJson = /^\s*["']?\{/.test(text)
  const { SIGNING_KEYS, REFRESH_SECRETS } = isJson ? { SIGNING_KEYS: text } : parseEnv(text)
  if (!SIGNING_KEYS) throw new Misuse(`"${source}" holds no SIGNING_KEYS.`)
  const keys = readKeySet(SIGNING_KEYS)
  const fault = typeof keys === 'string' ? asSentence(keys) : await importFault(keys)
  if (typeof keys !== 'string' && fault === null)
    return { keys, refreshSecrets: REFRESH_SECRETS || undefined }
  throw new Misuse(`The SIGNING_KEYS of "${source}" cannot be used. ${fault}`)
}

function hintOn(source: string, command: string | undefined): string {
  if (basename(source) === basename(localSecretsFile)) return ' `npm run dev` makes .dev.vars.'
  const isName = /^[A-Za-z_]\w*$/.test(source)
  return isName && command ? ` Set it for this command: ${source}='…' ${command} ${source}` : ''
}

/** A fault of config-keys.ts, which is worded to follow the setting's name, as a sentence of its own. */
const asSentence = (fault: string): string =>
  fault.startsWith('must') ? `They ${fault}.` : `${fault[0]?.toUpperCase()}${fault.slice(1)}.`

async function importFault(keys: readonly PrivateJwk[]): Promise<string | null> {
  try {
    await importSigningKeys(keys)
    return null
  } catch (error) {
    if (error instanceof SigningKeysError) return error.message
    throw error
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Misuse(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
