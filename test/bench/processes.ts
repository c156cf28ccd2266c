/** Owns the processes of a run: pins them to a core, reads their CPU time, and ends them. Never knows what they serve. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs a command in a shell, in a process group of its own: so Ctrl-C reaches only the run, and things stop in order. The shell's
 * input ends when this process does, even by SIGKILL, and the shell then stops the whole group.
 */
const keeper = `exec 3<&0
trap : TERM
"$@" </dev/null >/dev/null 3<&- & child=$!
echo "pid $child"
(read -r _ <&3; kill -TERM 0) >/dev/null 2>&1 & reader=$!
wait $child; code=$?
kill -TERM $child 2>/dev/null
kill $reader 2>/dev/null
exit $code`

const graceMs = 2000
const startTimeoutMs = 20_000

/** The process that serves gets one core; the load that calls it and the Redis behind it get the other. */
export type Side = 'service' | 'rest'

const canPin = (() => {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return availableParallelism() >= 2
  } catch {
    return false
  }
})()
const coreOf = (side: Side): string => (side === 'service' ? '0' : '1')

/** Pins this process, which is the load, to the core of the rest. False when nothing can be pinned. */
export function pinThisProcess(): boolean {
  if (!canPin) return false
  const command = ['-a', '-cp', coreOf('rest'), String(process.pid)]
  // taskset fails when a thread of this process ends meanwhile.
  for (let attempt = 0; attempt < 5; attempt++)
    if (spawnSync('taskset', command, { stdio: 'ignore' }).status === 0) return true
  return false
}

export interface Child {
  pid: number
  /** Seconds of CPU that it has used. */
  cpu(): number
  stop(): Promise<void>
}

const running = new Set<Child>()

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()))
}

export interface Start {
  name: string
  side: Side
  command: string[]
  env?: Record<string, string>
  /** Ready when something listens here. */
  port: number
}

export async function start({ name, side, command, env, port }: Start): Promise<Child> {
  const pinned = canPin ? ['taskset', '-c', coreOf(side), ...command] : command
  const shell = spawn('/bin/sh', ['-c', keeper, 'bench-keeper', ...pinned], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  shell.stdin.on('error', () => {})
  const tail: string[] = []
  createInterface({ input: shell.stderr }).on('line', (line) => {
    tail.push(line)
    if (tail.length > 20) tail.shift()
  })
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()))
  const pid = await new Promise<number>((resolve, reject) => {
    createInterface({ input: shell.stdout }).on('line', (line) => {
      const [, number] = /^pid (\d+)$/.exec(line) ?? []
      if (number) resolve(Number(number))
    })
    ended.then(() => reject(new Error(`${name} did not start`)), reject)
  })
  const child: Child = {
    pid,
    cpu: () => cpuSeconds(pid),
    async stop() {
      running.delete(child)
      shell.stdin.end()
      const timer = setTimeout(() => kill(shell), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
  running.add(child)
  let isEnded = false
  ended.then(
    () => {
      isEnded = true
    },
    () => {},
  )
  const giveUpAt = Date.now() + startTimeoutMs
  while (!(await listens(port))) {
    if (isEnded || Date.now() > giveUpAt)
      throw new Error(`${name} does not listen:\n${tail.join('\n')}`)
    await pause(5)
  }
  return child
}

function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** The sum of the threads' times, since the kernel counts nanoseconds for threads only. Linux only: elsewhere 0. */
function cpuSeconds(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const spent = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8'))
    return spent.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9
  } catch {
    return 0
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
