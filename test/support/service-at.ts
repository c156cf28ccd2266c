/** Owns the calling of a real service over HTTP, at its address. Judges no answer. For Node tests only. */

import type { Answer, Call, Street } from './street.ts'

export function serviceAt(url: string): Pick<Street, 'call' | 'refresh'> {
  const ask = async (
    method: string,
    path: string,
    request: Call = {},
    tries = 3,
  ): Promise<Answer> => {
    const { token, body, headers } = request
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(typeof body === 'object' ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Record<string, unknown>
    // A 503 asks the caller to repeat the call. On a busy machine Redis may answer too late.
    if (response.status === 503 && tries > 1) return ask(method, path, request, tries - 1)
    return { status: response.status, headers: response.headers, body: answer }
  }
  return {
    call: (method, path, request) => ask(method, path, request),
    refresh: (refresh_token) =>
      ask('POST', '/token?grant_type=refresh_token', { body: { refresh_token } }),
  }
}
