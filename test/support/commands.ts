/** Runs the project's own commands as a person would, and returns what they printed. For Node tests only. */
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

const graceMs = 8000
/** Variables that the tests' own environment must not set. As under npm, a command then ends when its parent is gone. */
const clean = { PORT: undefined, REDIS_URL: undefined, npm_lifecycle_event: 'test' }

export function run(name: string, args: string[], env: Record<string, string> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...clean, ...env }, timeout: 40_000 }
    execFile(process.execPath, [script(name), ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

/** Resolves when `sign` is printed; rejects with the output when the command ends before. Stops the command after the test. */
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
  // Imported here, since the browser's tests, which use other functions of this file, run without Vitest.
  const { onTestFinished } = await import('vitest')
  onTestFinished(() => stop(child, ended))
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

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  child.kill('SIGTERM')
  await ended
  clearTimeout(timer)
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
