/** The benchmark's arithmetic, and that the README says what the last whole run found. The measuring itself is `npm run bench`. */

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fromRoot } from '../../src/dev/root.ts'
import { median, quantile } from './measure.ts'
import { figuresOf, judge, type Results } from './results.ts'

const results: Results = JSON.parse(await readFile(fromRoot('test/bench/results.json'), 'utf8'))
const readme = (await readFile(fromRoot('README.md'), 'utf8')).replace(/\s+/g, ' ')

const missing = (): Error => new Error('results.json has no such figure')

const wait = (id: string, who: string): string =>
  (figuresOf(results, id, who, 25)?.aloneP50 ?? Number.NaN).toFixed(0)
const ofFloor = (id: string, distance: number): number =>
  Math.round((figuresOf(results, id, 'curfew', distance)?.ofFloor ?? Number.NaN) * 100)
const row = (where: string, distance: number): string => {
  const ids = ['logout', 'logout-all', 'refresh', 'check-strict-new']
  return `| ${where} | ${ids.map((id) => `${ofFloor(id, distance)} %`).join(' | ')} |`
}
/** Microseconds as tens of milliseconds. */
const tens = (cpu = Number.NaN): number => Math.round(cpu / 10_000) * 10
const inTimes = (id: string, who: string, whose: string, distance?: number): string => {
  const [one, other] = [who, whose].map((name) => figuresOf(results, id, name, distance))
  if (!one || !other) throw missing()
  return (one.perSecond / other.perSecond).toFixed(1)
}
const growth = (rows: Results['growth']['own'], what: string, size: number): string => {
  const row = rows.find((one) => one.what === what && one.size === size)
  if (!row) throw missing()
  return row.p50 < 10 ? row.p50.toFixed(1) : row.p50.toFixed(0)
}
const beside = (what: string, size: number) => growth(results.growth.others, what, size)

test('the README has the numbers of results.json', () => {
  const { machine, startUp, bundle } = results
  const [year, month, day] = machine.date.split('-').map(Number)
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day)).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
  const sentences = [
    `With Redis 25 ms away one caller waits ${wait('logout', 'curfew')} ms for a logout (floor ${wait('logout', 'floor')}); the documented sample takes ${wait('logout', 'sample')}, better-auth ${wait('logout', 'better-auth')}.`,
    `A check takes ${wait('check-strict', 'curfew')} ms (floor ${wait('check-strict', 'floor')}, better-auth ${wait('check-strict', 'better-auth')}).`,
    `Beside a million other sessions a logout takes ${beside('logout', 1_000_000)} ms, beside a thousand ${beside('logout', 1000)};`,
    `goes from ${beside('sample: logout', 1000)} to ${beside('sample: logout', 1_000_000)} ms.`,
    `Ending 1,000 sessions of one user takes ${growth(results.growth.own, 'logout all', 1000)} ms.`,
    row('next door', 0),
    row('5 ms away', 5),
    row('25 ms away', 25),
    `does ${inTimes('logout', 'sample', 'curfew')} times as many logouts as Curfew; 25 ms away ${inTimes('logout', 'sample', 'curfew', 25)} times.`,
    `a check is ${inTimes('check-strict', 'curfew', 'better-auth')} times as fast and a logout ${inTimes('logout', 'curfew', 'better-auth')} times; it signs in ${inTimes('sign-in', 'better-auth', 'curfew')} times as fast`,
    `Hashing a password takes about ${tens(figuresOf(results, 'sign-in', 'curfew')?.cpu)} ms of CPU`,
    `The Worker starts in ${startUp.service.toFixed(0)} ms of CPU; its bundle has ${(bundle.gzipped / 1000).toFixed(0)} kB gzipped.`,
    `(${machine.cores} cores of an ${machine.cpu}, shared with others and unsteady, Node ${machine.node.slice(1, 6)}, ${machine.workerd}, Redis ${machine.redis}, ${date};`,
  ]
  for (const sentence of sentences) expect(readme).toContain(sentence)
})

test('a quantile is one of the numbers, whatever their order', () => {
  expect(median([5, 1, 3])).toBe(3)
  expect(median([4, 1, 3, 2])).toBe(3)
  expect(quantile([4, 1, 3, 2], 0.99)).toBe(4)
  expect(quantile([7], 0.99)).toBe(7)
  expect(median([])).toBe(0)
})

test('each target is missed by a run that is just short of it', () => {
  const asGood: Results = structuredClone(results)
  for (const { distances } of asGood.calls)
    for (const { figures } of distances)
      for (const row of figures)
        Object.assign(row, { ofFloor: 0.85, perSecond: row.contestant === 'curfew' ? 3000 : 1000 })
  for (const row of asGood.growth.others) row.toSmallest = 1.1
  asGood.bundle.gzipped = 60_000
  asGood.startUp.service = 250
  const missed = (run: Results) =>
    judge(run)
      .filter(({ isReached }) => !isReached)
      .map(({ what }) => what)
  expect(missed(asGood)).toEqual([])

  const tooSlow = structuredClone(asGood)
  for (const { distances } of tooSlow.calls)
    for (const { figures } of distances)
      for (const row of figures)
        Object.assign(row, {
          ofFloor: 0.69,
          perSecond: row.contestant === 'curfew' ? 2999 : 1000,
        })
  for (const row of tooSlow.growth.others) row.toSmallest = 1.101
  tooSlow.bundle.gzipped = 60_001
  tooSlow.startUp.service = 250.1
  expect(missed(tooSlow)).toEqual(judge(tooSlow).map(({ what }) => what))
  expect(missed(tooSlow)).toHaveLength(12)
})
