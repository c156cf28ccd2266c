/** What the commands of this room share: options in, one clear sentence out. Decides nothing for them. */
import { writeSync } from 'node:fs'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** A mistake of whoever typed the command: shown as one sentence, without a stack. */
export class Misuse extends Error {}

export function readOptions<const Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values
  } catch (error) {
    const [sentence = ''] = String((error as Error).message).split('\n')
    throw new Misuse(`${sentence.replace(/\.?$/, '.')} Try --help.`)
  }
}

/** A whole number within bounds, or a sentence that says so. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Misuse(`${name} must be a whole number from ${min} to ${max}, not "${text}".`)
  }
  return value
}

interface Setting {
  safeParse(text: string): { error?: { issues: { message: string }[] } | undefined }
}

/** What the service would refuse as a setting is refused here, in the same words. */
export function requireSetting(name: string, setting: Setting, text: string): void {
  const [issue] = setting.safeParse(text).error?.issues ?? []
  if (issue) throw new Misuse(`${name} ${issue.message}.`)
}

const writing = /^(access|mkdtemp|mkdir|open|write|copyfile|rename|rm|rmdir|unlink)$/
const unwritable = /\b(ENOSPC|EDQUOT|EROFS|EACCES|EPERM)\b/

/** When the disk takes nothing: full, read-only or not ours. Undefined for every other error. */
export function diskFault(error: unknown): string | undefined {
  const { code = '', syscall = '', path = 'A file' } = error as NodeJS.ErrnoException
  const isTemporary = syscall === 'mkdtemp'
  // The folder above it is missing, or is none.
  const isNowhere = isTemporary && /^ENO(ENT|TDIR)$/.test(code)
  if (!isNowhere && !(writing.test(syscall) && unwritable.test(code))) return undefined
  const hint = isTemporary ? ' TMPDIR must name a folder that has room for temporary files.' : ''
  return `${path} cannot be written (${code}).${hint}`
}

/** As diskFault, for the error text of another program, which may also have found a file in the folder's place. */
export function diskFaultIn(text: string, path: string): string | undefined {
  const [code] = unwritable.exec(text) ?? /\bENOTDIR\b/.exec(text) ?? []
  return code && `${path} cannot be written (${code}).`
}

/** The pause before writing again to a reader that takes nothing now. */
const readerPauseMs = 20

/** Writes all of the text to stdout, or fails with an exit code: console.log fails in silence, and half a secret is useless. */
export function print(text: string): void {
  const bytes = Buffer.from(`${text}\n`)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, readerPauseMs)
        continue
      }
      // Whoever has closed it, as `head` does, wants to hear no more.
      if (code !== 'EPIPE') throw new Misuse(`The output cannot be written (${code}).`)
      process.exitCode = 1
      return
    }
  }
}

export function runCommand(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Misuse ? error.message : (diskFault(error) ?? error))
    process.exitCode = 1
  })
}
