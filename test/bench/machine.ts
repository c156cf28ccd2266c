/** Owns the description of what a run was made on. Names nothing that tells whose machine it is. */

import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { workerdBinary } from './workerd.ts'

export interface Machine {
  date: string
  cpu: string
  cores: number
  memory: string
  node: string
  workerd: string
  redis: string
  /** Whether the service had a core of its own. */
  pinned: boolean
  /** Load average of the minute before: what others did on it. */
  load: number
}

export const describeMachine = (redis: string, pinned: boolean, load: number): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  node: process.version,
  workerd: String(execFileSync(workerdBinary, ['--version'])).trim(),
  redis,
  pinned,
  load,
})
