/** Starts a `redis-server` from the PATH for the occasion and takes it away again. Holds no data on disk. */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connectEngine } from './real-engine.ts'
import type { Engine } from './reply.ts'

const startTimeoutMs = 5000
/** Every test case gets a database of its own, and a late replica a second one. */
const databases = 4096

/**
 * The shell waits for the end of its input, which comes even when this process is killed outright,
 * and only then stops the server. In a group of its own, so that Ctrl-C does not stop it too early.
 */
const keeper = `"$1" --port 0 --unixsocket "$2/redis.sock" --dir "$2" --save '' --appendonly no \
--databases ${databases} --loglevel warning & server=$!
read -r _; kill "$server"; wait "$server"; rm -rf "$2"`

export async function findRedisServer(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'redis-server')
    const found =
      folder !== '' &&
      (await access(file, constants.X_OK).then(
        () => true,
        () => false,
      ))
    if (found) return file
  }
  return undefined
}

/** `onEnd` is called when the server has ended before it was closed: its data is lost. */
export async function startRedisServer(
  binary: string,
  onEnd: () => void = () => {},
): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-redis-'))
  const shell = spawn('/bin/sh', ['-c', keeper, 'redis-keeper', binary, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A shell that has gone already cannot be told to go.
  shell.stdin.on('error', () => {})
  const socket = join(folder, 'redis.sock')
  const engine = await connect(socket, (isThere) => isThere || onEnd()).catch(async (error) => {
    await stop(shell, folder)
    throw error
  })
  return {
    ...engine,
    async close() {
      await engine.close()
      await stop(shell, folder)
    },
  }
}

/** Tries until somebody listens: the socket's file is there a moment before. */
async function connect(path: string, onChange: (isThere: boolean) => void): Promise<Engine> {
  const giveUpAt = Date.now() + startTimeoutMs
  for (;;) {
    try {
      return await connectEngine({ path }, onChange)
    } catch (cause) {
      if (Date.now() > giveUpAt)
        throw new Error('redis-server was started but did not come up', { cause })
    }
    await pause(20)
  }
}

async function stop(shell: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise((resolve) => shell.once('exit', resolve))
  if (shell.exitCode === null) {
    shell.stdin?.end()
    await gone
  }
  await rm(folder, { recursive: true, force: true })
}
