/** Runs the project's own commands as a person would, and tells what they said. For Node tests only. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Said {
  code: number
  stdout: string
  stderr: string
}

const script = (name: string) =>
  fileURLToPath(new URL(`../../src/dev/${name}.ts`, import.meta.url).href)

/** What the tests' own environment must not decide. */
const clean = { PORT: undefined, REDIS_URL: undefined, npm_lifecycle_event: undefined }

export function run(name: string, args: string[], env: Record<string, string> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...clean, ...env }, timeout: 40_000 }
    execFile(process.execPath, [script(name), ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

/** Resolves when `sign` was printed; rejects with everything said when the command ends before. */
export async function start(
  name: string,
  args: string[],
  env: Record<string, string>,
  sign: string,
) {
  const child = spawn(process.execPath, [script(name), ...args], {
    env: { ...process.env, ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes(sign)) resolve()
      })
    }
    ended.then(() => reject(new Error(`ended early:\n${said}`)), reject)
  })
  return { child, ended, said: () => said }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Process ids of everything that `child` started, and what they started. */
export async function descendants({ pid }: ChildProcess): Promise<number[]> {
  const table = await new Promise<string>((resolve, reject) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid='], (error, out) =>
      error ? reject(error) : resolve(out),
    )
  })
  const pairs = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found: number[] = []
  const visit = (parent: number) => {
    for (const [id = 0, its] of pairs) {
      if (its !== parent) continue
      found.push(id)
      visit(id)
    }
  }
  visit(pid ?? -1)
  return found
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
