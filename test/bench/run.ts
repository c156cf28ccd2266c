/** Owns a whole run: `npm run bench`. Ends every process that it started, however it ends. */

import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { runCommand } from '../../src/dev/command-line.ts'
import { buildService, bundleWorker } from './bundles.ts'
import { type Call, ownCalls } from './calls.ts'
import { measureGrowth } from './growth.ts'
import { describeMachine } from './machine.ts'
import { compare, countCosts } from './measure.ts'
import { type Plan, readPlan } from './options.ts'
import { addPeers, installPeers, openBetterAuth, openSample } from './peer-calls.ts'
import { plot } from './plot.ts'
import { pinThisProcess, stopAll } from './processes.ts'
import { report } from './report.ts'
import type { CallResult, Results } from './results.ts'
import { openService } from './service.ts'
import { measureStartUp } from './startup.ts'
import { openTown } from './town.ts'

const begun = Date.now()
const say = (line: string): void =>
  console.error(`${String(Math.round((Date.now() - begun) / 1000)).padStart(4)} s  ${line}`)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    const leave = () => process.exit(130)
    stopAll().then(leave, leave)
  })

async function measureCalls(calls: Call[], town: Awaited<ReturnType<typeof openTown>>, plan: Plan) {
  const results: CallResult[] = []
  for (const call of calls) {
    say(call.title)
    const costs = await countCosts(call, town)
    const distances: CallResult['distances'] = []
    for (const distance of plan.distances) {
      const effort = distance === 0 ? plan : { ...plan, ...plan.far }
      const figures = await compare(call, effort, (isFar) => town.setDistance(isFar ? distance : 0))
      distances.push({ distance, figures })
    }
    results.push({ id: call.id, title: call.title, floor: call.floor, costs, distances })
  }
  return results
}

async function measure(plan: Plan): Promise<Results> {
  const isPinned = pinThisProcess()
  const load = Number(loadavg()[0]?.toFixed(1))
  say('building')
  const service = buildService()
  const [resource, floor, empty] = await Promise.all([
    bundleWorker('test/support/resource-worker.ts'),
    bundleWorker('test/bench/workers/floor.ts'),
    bundleWorker('test/bench/workers/empty.ts'),
  ])
  const peers = plan.withPeers ? installPeers() : {}
  say('starting up')
  const startUp = await measureStartUp(
    { service: service.script, empty: empty.script },
    plan.startRounds,
  )
  const scripts = {
    service: service.script,
    resource: resource.script,
    floor: floor.script,
  }
  const town = await openTown()
  const calls = await ownCalls(await openService(town, scripts))
  if (plan.withPeers)
    addPeers(calls, {
      sample: await openSample(town),
      cheap: await openBetterAuth(town, 'cheap'),
      dear: await openBetterAuth(town, 'dear'),
    })
  const machine = describeMachine(town.redisVersion, isPinned, load)
  const measured = await measureCalls(calls, town, plan)
  await stopAll()
  const { size, gzipped } = service
  const found = { machine, calls: measured, bundle: { size, gzipped }, startUp, peers }
  // Kept even if what follows fails: it took minutes.
  await write(plan, { ...found, growth: { others: [], own: [] } })
  return { ...found, growth: await measureGrowth(plan, scripts, say) }
}

async function write({ output }: Plan, results: Results): Promise<void> {
  if (output !== null) await writeFile(`${output}.json`, `${JSON.stringify(results, null, 2)}\n`)
}

runCommand(async () => {
  const plan = readPlan()
  if (!plan) return
  try {
    const results = await measure(plan)
    process.stdout.write(report(results))
    if (plan.output === null) return
    await write(plan, results)
    await writeFile(`${plan.output}.svg`, plot(results))
  } finally {
    await stopAll()
    // Connections to stopped processes would keep this process alive.
    setImmediate(() => process.exit())
  }
})
