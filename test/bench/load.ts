/** Owns the load: callers with a kept connection each, one request after the other, their times. Never decides what is asked. */

import { connect, type Socket } from 'node:net'

export interface Shot {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

export interface Answer {
  status: number
  head: string
  body: string
}

/** `next` is a caller's next request; `answered` checks the answer, and throws to stop everything. */
export interface Round {
  next: (caller: number) => Shot
  answered: (answer: Answer, caller: number) => void
}

export interface Burst {
  /** Milliseconds of each request. */
  times: number[]
  seconds: number
}

/** `requests` in all, by so many callers at once. */
export async function burst(
  port: number,
  { next, answered }: Round,
  requests: number,
  callers: number,
): Promise<Burst> {
  const lines = await Promise.all(Array.from({ length: callers }, () => open(port)))
  const times: number[] = []
  let left = requests
  const begun = performance.now()
  try {
    await Promise.all(
      lines.map(async (line, caller) => {
        while (left-- > 0) {
          const shot = next(caller)
          const sent = performance.now()
          const answer = await line.ask(shot)
          times.push(performance.now() - sent)
          answered(answer, caller)
        }
      }),
    )
    return { times, seconds: (performance.now() - begun) / 1000 }
  } finally {
    for (const line of lines) line.close()
  }
}

export async function ask(port: number, shot: Shot): Promise<Answer> {
  const line = await open(port)
  try {
    return await line.ask(shot)
  } finally {
    line.close()
  }
}

interface Line {
  ask(shot: Shot): Promise<Answer>
  close(): void
}

const answerTimeoutMs = 60_000

/** A bare socket in place of an HTTP client: it costs the machine less, so that the service is what is measured. */
async function open(port: number): Promise<Line> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let buffer = Buffer.alloc(0)
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null
  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = null
  }
  socket.on('data', (bytes) => {
    buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes])
    const found = readAnswer(buffer)
    if (!found) return
    buffer = buffer.subarray(found.length)
    waiting?.resolve(found.answer)
    waiting = null
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the service closed the connection')))
  socket.setTimeout(answerTimeoutMs, () => fail(new Error('the service did not answer')))
  return {
    ask: (shot) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        write(socket, port, shot)
      }),
    close: () => {
      socket.removeAllListeners('close')
      socket.destroy()
    },
  }
}

function write(socket: Socket, port: number, { method, path, headers = {}, body = '' }: Shot) {
  let head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCF-Connecting-IP: 203.0.113.7\r\n`
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
  if (method !== 'GET') head += `Content-Length: ${Buffer.byteLength(body)}\r\n`
  socket.write(`${head}\r\n${body}`)
}

const endOfHead = Buffer.from('\r\n\r\n')

/** Null while there is more to come. */
function readAnswer(bytes: Buffer): { answer: Answer; length: number } | null {
  const headEnd = bytes.indexOf(endOfHead)
  if (headEnd < 0) return null
  const head = bytes.subarray(0, headEnd).toString('latin1')
  const status = Number(head.slice(9, 12))
  const from = headEnd + endOfHead.length
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return readChunks(bytes, from, { status, head })
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  if (bytes.length < from + length) return null
  const body = bytes.subarray(from, from + length).toString('utf8')
  return { answer: { status, head, body }, length: from + length }
}

function readChunks(bytes: Buffer, from: number, first: Omit<Answer, 'body'>) {
  const parts: Buffer[] = []
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return null
    if (size === 0)
      return { answer: { ...first, body: Buffer.concat(parts).toString('utf8') }, length: next }
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
