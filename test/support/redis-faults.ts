/** How a Redis request can go wrong in a test. Each fault is one way; none decides when. */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cut } from './cut-scripts.ts'

const kinds = [
  'reset',
  'hang',
  'stall',
  'slow',
  'status-500',
  'half-pipeline',
  'garbage',
  'full',
  'late-answer',
  'cut',
] as const

export interface Fault {
  /** `stall`: half an answer, then silence. `slow`: the right answer, after `ms`. */
  kind: (typeof kinds)[number]
  /** Requests that still pass. */
  after?: number
  /** Requests that break before all pass again; else all break. */
  times?: number
  /** What `garbage` answers every command with. */
  result?: unknown
  /** Milliseconds before the fault shows. `late-answer`: until the connection ends unanswered; without `ms` it stays open. */
  ms?: number
  /** What `cut` does to scripts. */
  cut?: Cut
}

export function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return kinds.includes(value.kind as Fault['kind'])
}

/** What a full Redis answers to a write; `full` answers it to every command. */
const FULL = "OOM command not allowed when used memory > 'maxmemory'."

interface Passed {
  status: number
  text: string
}

export async function breakAnswer(
  { kind, ms, result = { x: [1] } }: Fault,
  response: ServerResponse,
  request: { isPipeline: boolean; commandCount: number },
  pass: () => Promise<Passed>,
): Promise<void> {
  const answer = (status: number, type: string, text: string) => {
    response.writeHead(status, { 'content-type': type })
    response.end(text)
  }
  const { isPipeline, commandCount } = request
  if (kind === 'late-answer') await pass()
  if (ms !== undefined) await pause(ms)
  switch (kind) {
    case 'reset':
      response.destroy()
      return
    case 'hang':
      return
    case 'stall':
      // A head and half of a body, and then nothing more.
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('[{"res')
      return
    // The proxy has cut the request's scripts; the answer to that is real.
    case 'cut':
    case 'slow': {
      const { status, text } = await pass()
      return answer(status, 'application/json', text)
    }
    case 'late-answer':
      // Done, but nobody hears of it.
      if (ms !== undefined) response.destroy()
      return
    case 'status-500':
      return answer(500, 'text/html', '<html><body>Internal Server Error</body></html>')
    case 'garbage':
    case 'full': {
      const item = JSON.stringify(kind === 'full' ? { error: FULL } : { result })
      return answer(
        200,
        'application/json',
        isPipeline ? `[${Array(commandCount).fill(item)}]` : item,
      )
    }
    case 'half-pipeline': {
      const { status, text } = await pass()
      const whole: unknown = isPipeline && status === 200 ? JSON.parse(text) : undefined
      const half = Array.isArray(whole)
        ? JSON.stringify(whole.slice(0, Math.floor(whole.length / 2)))
        : text.slice(0, Math.floor(text.length / 2))
      return answer(status, 'application/json', half)
    }
    default:
      return kind satisfies never
  }
}
