/** The port that local things listen on: read, checked, remembered. Listens on none for longer than a moment. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { Misuse, wholeNumber } from './command-line.ts'
import { fromRoot } from './root.ts'

export const defaultPort = 8787
const record = fromRoot('.wrangler/last-start.json')

export function wishedPort(): number | undefined {
  const text = process.env.PORT
  return text ? wholeNumber('PORT', text, 1, 65535) : undefined
}

export async function requireFreePort(port = defaultPort): Promise<number> {
  // `localhost` can mean either address; a machine without IPv6 has the second one free.
  const states = await Promise.all(['127.0.0.1', '::1'].map((host) => listenOnce(port, host)))
  if (states.includes('EACCES')) {
    throw new Misuse(
      `You are not allowed to listen on port ${port}. Choose another: PORT=8788 npm run dev`,
    )
  }
  if (states.includes('EADDRINUSE')) {
    throw new Misuse(
      `Port ${port} is taken. Stop what runs there, or choose another: PORT=8788 npm run dev`,
    )
  }
  return port
}

function listenOnce(port: number, host: string): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen({ port, host }, () => server.close(() => resolve('free')))
  })
}

export async function rememberPort(port: number): Promise<void> {
  await mkdir(fromRoot('.wrangler'), { recursive: true })
  await writeFile(record, JSON.stringify({ port }))
}

/** PORT, else the port of the last start, else the default. */
export async function likelyPort(): Promise<number> {
  const wished = wishedPort()
  if (wished !== undefined) return wished
  try {
    const { port } = JSON.parse(await readFile(record, 'utf8')) as { port?: unknown }
    return typeof port === 'number' ? port : defaultPort
  } catch {
    return defaultPort
  }
}

export const localIssuer = (port: number): string => `http://localhost:${port}`
