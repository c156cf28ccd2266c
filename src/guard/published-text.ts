/** Owns one GET of what the issuer publishes, within bounds of time and size. Reads no meaning into the text. */

import { inTime } from './in-time.ts'

export interface TextRequest {
  uri: string
  accept: string
  /** What it is called in an error. */
  what: string
  /** Milliseconds until the whole text is there. */
  timeout: number
  /** Bytes that are read at most. */
  bytesMax: number
  /** May be the caller's own, which need not stop at the signal. */
  fetch: typeof fetch
}

export interface PublishedText {
  text: string
  headers: Headers
}

/** Throws a TypeError for any status but 200, and for a text that is too long, or not there in time. */
export function fetchText({ timeout, ...request }: TextRequest): Promise<PublishedText> {
  const stop = new AbortController()
  return inTime(read(request, stop.signal), timeout, request.what, () => stop.abort())
}

async function read(
  { uri, accept, what, bytesMax, fetch }: Omit<TextRequest, 'timeout'>,
  signal: AbortSignal,
): Promise<PublishedText> {
  const response = await fetch(uri, { headers: { Accept: accept }, redirect: 'manual', signal })
  const { status, body, headers } = response
  if (status !== 200) {
    await body?.cancel()
    throw new TypeError(`${what} answered ${status}.`)
  }
  // Read as bytes: some runtimes warn when `text()` reads a body whose Content-Type is no text.
  const decoder = new TextDecoder()
  const reader = body?.getReader()
  signal.addEventListener('abort', () => void reader?.cancel().catch(() => {}))
  let text = ''
  for (let left = bytesMax; reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    left -= value.length
    if (left < 0) {
      await reader.cancel()
      throw new TypeError(`${what} is too long.`)
    }
    text += decoder.decode(value, { stream: true })
  }
  return { text: text + decoder.decode(), headers }
}
