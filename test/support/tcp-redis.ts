/** A redis-server that is reached by a URL, as REDIS_URL names one, and that ends with the test. For Node tests only. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { freePort } from './commands.ts'

export interface TcpRedis {
  port: number
  url: string
  /** Nobody listens any more when it resolves. */
  stop(): Promise<void>
}

/** On a port that is free, or on the one where another was. */
export async function startTcpRedis(port?: number): Promise<TcpRedis> {
  const place = port ?? (await freePort())
  const server = spawn('redis-server', ['--port', String(place), '--save', ''], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    await ended
  }
  onTestFinished(stop)
  for (let n = 0; n < 100 && !(await listens(place)); n++) await pause(50)
  return { port: place, url: `redis://127.0.0.1:${place}`, stop }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
