/** Owns the measuring: contestants take turns in rounds, so that the machine's other load hits all of them; medians of rounds. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Call, Contestant, ContestantName } from './calls.ts'
import { burst } from './load.ts'
import type { Town } from './town.ts'

export interface Effort {
  rounds: number
  /** Callers at once, and requests of a round, for the throughput. */
  callers: number
  requests: number
  /** Requests of a round by a single caller, for what one caller waits. */
  alone: number
}

export interface Figures {
  contestant: ContestantName
  /** Median of rounds. */
  perSecond: number
  /** Milliseconds, of all requests of the rounds. */
  p50: number
  p99: number
  /** Milliseconds with nobody else there. */
  aloneP50: number
  aloneP99: number
  /** Microseconds of CPU of the serving process for a request. */
  cpu: number
  /** Throughput by the floor's, the median of the rounds' ratios; the floor's CPU by this one's, means of the rounds of each. */
  ofFloor: number | null
  cpuOfFloor: number | null
}

export interface Cost {
  contestant: ContestantName
  /** HTTP requests to Redis for a call, those after the answer included; null for the sample, which speaks no HTTP to Redis. */
  requests: number | null
  /** Redis commands for a call, those inside of scripts included. */
  commands: number
}

/** Bursts before the rounds, which are not measured. */
const WARM_UP = 3
/** Rounds of peers, which differ by factors and not by percents, and of calls that are slow by nature. */
const FEW_ROUNDS = 3
const isPeer = ({ name }: Contestant): boolean => name === 'sample' || name === 'better-auth'

export const median = (numbers: number[]): number => quantile(numbers, 0.5)

export function quantile(numbers: number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}

/** One figure a round, in the units of Figures; of `times` and `alone`, one a request. */
interface Taken {
  perSecond: number[]
  times: number[]
  alone: number[]
  cpu: number[]
}

export async function compare(
  call: Call,
  effort: Effort,
  /** Puts Redis at its distance, or near, as while the supply of a burst is made. */
  setFar: (isFar: boolean) => Promise<void>,
): Promise<Figures[]> {
  const isSlow = call.requests !== undefined
  const rounds = isSlow ? Math.min(effort.rounds, FEW_ROUNDS) : effort.rounds
  const callers = call.callers ?? effort.callers
  const requests =
    call.requests === undefined ? effort.requests : Math.min(call.requests, effort.requests)
  const alone = Math.max(4, Math.min(effort.alone, Math.ceil(requests / 4)))
  const taken = new Map<Contestant, Taken>()
  for (const contestant of call.contestants) {
    taken.set(contestant, { perSecond: [], times: [], alone: [], cpu: [] })
    // Lets the engine optimise the code first: an isolate in production serves for hours.
    for (let lap = 0; lap < (isSlow || isPeer(contestant) ? 1 : WARM_UP); lap++)
      await burst(contestant.port, await contestant.supply(requests, callers), requests, callers)
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? call.contestants : call.contestants.toReversed()
    for (const contestant of order) {
      if (isPeer(contestant) && round >= FEW_ROUNDS) continue
      const mine = taken.get(contestant)
      if (mine) await again(() => oneRound(contestant, mine, { callers, requests, alone }, setFar))
    }
  }
  const floor = [...taken].find(([{ name }]) => name === 'floor')?.[1]
  return [...taken].map(([{ name }, { perSecond, times, alone: single, cpu }]) => ({
    contestant: name,
    perSecond: median(perSecond),
    p50: median(times),
    p99: quantile(times, 0.99),
    aloneP50: median(single),
    aloneP99: quantile(single, 0.99),
    cpu: mean(cpu),
    ofFloor: floor ? median(perSecond.map((one, i) => one / (floor.perSecond[i] ?? 0))) : null,
    // Peers play fewer rounds than the floor.
    cpuOfFloor: floor ? mean(floor.cpu) / mean(cpu) : null,
  }))
}

async function oneRound(
  { port, child, supply }: Contestant,
  mine: Taken,
  { callers, requests, alone }: Omit<Effort, 'rounds'>,
  setFar: (isFar: boolean) => Promise<void>,
): Promise<void> {
  const supplied = await supply(requests, callers)
  const single = await supply(alone, 1)
  await setFar(true)
  try {
    const before = child.cpu()
    const { times, seconds } = await burst(port, supplied, requests, callers)
    // Work after the answers counts as CPU of these requests.
    await pause(30)
    const cpu = ((child.cpu() - before) / requests) * 1e6
    const { times: waits } = await burst(port, single, alone, 1)
    mine.cpu.push(cpu)
    mine.perSecond.push(requests / seconds)
    mine.times.push(...times)
    mine.alone.push(...waits)
  } finally {
    await setFar(false)
  }
}

/** Tries a failed round once more: on a busy machine one answer of Redis can be too late, but twice is no chance any more. */
async function again(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(`a round is tried again: ${String(error)}`)
    await work()
  }
}

const mean = (numbers: number[]): number =>
  numbers.reduce((total, one) => total + one, 0) / numbers.length

const COUNTED = 20

/** Exact, and the same on every machine: calls go one after the other, when Redis knows all scripts already. */
export async function countCosts({ contestants }: Call, town: Town): Promise<Cost[]> {
  const costs: Cost[] = []
  for (const { name, port, supply } of contestants) {
    await burst(port, await supply(2, 1), 2, 1)
    const supplied = await supply(COUNTED, 1)
    // What the preparation sent after its answers must not be counted.
    await pause(300)
    const { requests, commands } = await town.count(async () => {
      await burst(port, supplied, COUNTED, 1)
      await pause(300)
    })
    costs.push({
      contestant: name,
      requests: name === 'sample' ? null : requests / COUNTED,
      commands: commands / COUNTED,
    })
  }
  return costs
}
