/** Owns what a run has found: its shape, the targets, and how far each was reached. Never measures and never prints. */

import type { Growth } from './growth.ts'
import type { Machine } from './machine.ts'
import type { Cost, Figures } from './measure.ts'
import type { StartUp } from './startup.ts'

export interface CallResult {
  id: string
  title: string
  /** Requests to Redis of the floor, one after the other. */
  floor: number
  costs: Cost[]
  distances: { distance: number; figures: Figures[] }[]
}

export interface Results {
  machine: Machine
  calls: CallResult[]
  growth: { others: Growth[]; own: Growth[] }
  bundle: { size: number; gzipped: number }
  startUp: StartUp
  peers: Record<string, string>
}

export interface Target {
  what: string
  wanted: string
  found: string
  isReached: boolean
}

const percent = (part: number): string => `${Math.round(part * 100)} %`

export function figuresOf(results: Results, id: string, who: string, distance = 0) {
  const call = results.calls.find((one) => one.id === id)
  const cell = call?.distances.find((one) => one.distance === distance)
  return cell?.figures.find(({ contestant }) => contestant === who)
}

const LEAST_OF_FLOOR: [string, number][] = [
  ['check-strict', 0.85],
  ['check-strict-new', 0.85],
  ['check-list', 0.85],
  ['refresh', 0.7],
  ['logout', 0.7],
  ['logout-all', 0.7],
]

export function judge(results: Results): Target[] {
  const targets: Target[] = []
  for (const [id, least] of LEAST_OF_FLOOR) {
    const found = figuresOf(results, id, 'curfew')?.ofFloor ?? 0
    targets.push({
      what: `${id}: throughput`,
      wanted: `at least ${percent(least)} of the floor`,
      found: percent(found),
      isReached: found >= least,
    })
  }
  for (const id of ['check-strict', 'logout']) {
    const [ours, theirs] = ['curfew', 'better-auth'].map((who) => figuresOf(results, id, who))
    if (!ours || !theirs) continue
    const times = ours.perSecond / theirs.perSecond
    targets.push({
      what: `${id} against better-auth: throughput`,
      wanted: 'at least threefold',
      found: `${times.toFixed(1)}-fold`,
      isReached: times >= 3,
    })
  }
  for (const what of ['logout', 'check']) {
    const rows = results.growth.others.filter((row) => row.what === what)
    const last = rows.at(-1)
    if (!last) continue
    targets.push({
      what: `${what} beside ${last.size} other sessions`,
      wanted: 'within 10 % of the time beside the fewest',
      found: `${last.toSmallest >= 1 ? '+' : ''}${((last.toSmallest - 1) * 100).toFixed(1)} %`,
      isReached: last.toSmallest <= 1.1,
    })
  }
  const kilobytes = results.bundle.gzipped / 1000
  targets.push({
    what: 'bundle, gzipped',
    wanted: 'at most 60 kB',
    found: `${kilobytes.toFixed(1)} kB`,
    isReached: kilobytes <= 60,
  })
  const start = results.startUp.service
  targets.push({
    what: 'start-up, CPU until the first answer',
    wanted: 'at most 250 ms (a quarter of what the platform allows)',
    found: `${start.toFixed(0)} ms`,
    isReached: start <= 250,
  })
  return targets
}
