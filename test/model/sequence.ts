/** Owns the playing of a sequence: the service does each step, the model judges the answer, then every token issued is tried. */

import type { Answer, Street } from '../support/street.ts'
import { Ledger, Unclear } from './ledger.ts'
import { ticketFor } from './logouts.ts'
import { type Act, EMPTY, type Moment, type Outcome, type World } from './model.ts'
import { outcomesOf } from './outcomes.ts'
import { type Deployment, FAULTS, LATE, type Realm, send } from './realm.ts'
import { actOf, boundaryOf } from './resolution.ts'
import type { Step, StepFault } from './steps.ts'
import { type Sure, tryAtOnce, tryByLists, wrongIn } from './trials.ts'
import { expected, inShort, told } from './words.ts'
import { distinct, ordersOf, overtaken } from './worlds.ts'

export interface Tally {
  sequences: number
  /** Steps that were really done at the service. */
  steps: number
  /** How often a token was tried. */
  tries: number
  /** Answers of 503 where the model had asked for no fault. */
  unasked: number
  /** Answers of 429. */
  limited: number
  /** How many steps of each kind were done. */
  kinds: Record<string, number>
}

export const newTally = (): Tally => ({
  sequences: 0,
  steps: 0,
  tries: 0,
  unasked: 0,
  limited: 0,
  kinds: {},
})

/**
 * An act that was answered 503 may or may not have happened, so the model keeps all worlds that are still possible. Each answer
 * and each token that is tried leaves only the worlds that it fits. When none is left, the promise was broken.
 */
export async function play(realm: Realm, steps: Step[], tally: Tally): Promise<void> {
  await realm.clear()
  const first = realm.deployments[0]
  if (!first) throw new Error('There is no deployment.')
  const sequence = new Sequence(realm, first, tally)
  try {
    for (const [number, step] of steps.entries()) await sequence.take(step, String(number))
    await sequence.finish()
  } catch (error) {
    if (!(error instanceof Unclear)) throw error
  }
  tally.sequences++
}

/** The acts that a limiter counts. */
const LIMITED: ReadonlySet<Act['do']> = new Set([
  'sign up',
  'sign in',
  'refresh',
  'log out',
  'log out by cookie',
  'log out by ticket',
  'log out in browser',
  'log out service',
  'change',
  'reauthenticate',
  'delete',
] as const)

interface Done {
  act: Act
  answer: Answer
}

class Sequence {
  private worlds: World[] = [EMPTY]
  private readonly ledger = new Ledger()
  /** The time of the last step that did more than let time go by. */
  private actedAt = 0
  private readonly realm: Realm
  private readonly tally: Tally
  private deployment: Deployment
  private history: string[] = []

  constructor(realm: Realm, deployment: Deployment, tally: Tally) {
    this.realm = realm
    this.deployment = deployment
    this.tally = tally
  }

  private get moment(): Moment {
    return { now: this.realm.now(), accepts: this.deployment.accepts }
  }

  private get street(): Street {
    return this.deployment.street
  }

  private get surest(): World {
    const [world] = this.worlds
    if (!world) throw new Error('No world is left.')
    return world
  }

  async take(step: Step, name: string): Promise<void> {
    this.history.push(JSON.stringify(step))
    if (!(await this.dispatch(step, name))) return
    this.tally.steps++
    this.tally.kinds[step.do] = (this.tally.kinds[step.do] ?? 0) + 1
    const passed = step.do === 'wait' || step.do === 'wait until'
    if (!passed) this.actedAt = this.realm.now()
    await this.tryAll(passed)
  }

  /** Does a step. False: there was nothing to do. */
  private async dispatch(step: Step, name: string): Promise<boolean> {
    switch (step.do) {
      case 'wait':
        this.realm.turnTo(this.realm.now() + step.seconds * 1000)
        return true
      case 'wait until': {
        const moment = boundaryOf(step, this.ledger.issued, this.surest)
        if (moment === null || moment <= this.realm.now()) return false
        this.realm.turnTo(moment)
        return true
      }
      case 'deploy': {
        const next = this.realm.deployments[step.stage]
        if (!next || next === this.deployment) return false
        this.deployment = next
        return true
      }
      case 'issue service': {
        await this.ledger.issueService(this.deployment, this.realm.now())
        return true
      }
      case 'together': {
        const acts = step.steps.flatMap((one, place) => this.resolve(one, `${name}.${place}`) ?? [])
        if (acts.length === 0) return false
        await this.together(acts)
        return true
      }
      case 'late': {
        // Not with checks by a replica: it would not have heard of the late act yet when the next one asks it.
        if (this.deployment.reads === 'replica') return false
        const late = this.resolve(step.step, `${name}.late`)
        const next = this.resolve(step.next, `${name}.next`)
        if (!late || !next) return false
        await this.late(late, next, step.after)
        return true
      }
      default: {
        const act = this.resolve(step, name)
        if (!act) return false
        await this.alone(act, step.fault)
        return true
      }
    }
  }

  private resolve(step: Parameters<typeof actOf>[0], name: string): Act | null {
    const { issued } = this.ledger
    return actOf(step, name, { issued, world: this.surest, now: this.realm.now() })
  }

  private async alone(act: Act, fault: StepFault | undefined): Promise<void> {
    if (fault) await this.realm.redis.fail({ ...FAULTS[fault.name], after: fault.after })
    const answer = await send(this.street, act, this.ledger.names)
    await this.street.settled()
    if (fault) await this.realm.redis.heal()
    const isUnconfirmed = answer.status === 503
    const isLimited = this.isLimited({ act, answer })
    if (isUnconfirmed && !fault) this.tally.unasked++
    const ticket = isUnconfirmed || isLimited ? ticketFor(act, this.moment) : null
    if (!this.ledger.keepTicket(ticket, answer, this.deployment))
      this.complain([`${inShort(act)} answered ${told(answer)}`, `  must tell ${inShort(ticket)}`])
    if (isLimited) return
    const all = this.worlds.flatMap((world) => outcomesOf(world, act, this.moment))
    // Under a fault the number of ended sessions is not compared: a call sent again after a lost answer finds them ended.
    const fitting = isUnconfirmed ? all : all.filter((one) => this.fits(one, answer, !fault))
    if (fitting.length === 0)
      this.complain([`${inShort(act)} answered ${told(answer)}`, ...all.map(expected)])
    if (answer.status === 200) this.keep(fitting, answer)
    this.worlds = distinct([
      ...(isUnconfirmed ? this.worlds : []),
      ...fitting.map(({ world }) => world),
    ])
  }

  /** What was sent at once must look as if it had been done one after the other, in some order. */
  private async together(acts: Act[]): Promise<void> {
    const answers = await Promise.all(acts.map((act) => send(this.street, act, this.ledger.names)))
    await this.street.settled()
    this.tally.unasked += answers.filter(({ status }) => status === 503).length
    const pairs = acts.flatMap((act, place) => {
      const answer = answers[place]
      return answer ? [{ act, answer }] : []
    })
    this.order(pairs, ordersOf(pairs))
  }

  /** Redis gets a request of `act` late: if the hasty service gives `act` up, it may be done before or after `next`. */
  private async late(act: Act, next: Act, after: number): Promise<void> {
    const { redis } = this.realm
    const { street, hasty } = this.deployment
    await redis.fail({ ...LATE, after })
    const one = { act, answer: await send(hasty, act, this.ledger.names) }
    const other = { act: next, answer: await send(street, next, this.ledger.names) }
    await redis.settled()
    await Promise.all([street.settled(), hasty.settled()])
    await redis.heal()
    const isGivenUp = one.answer.status === 503
    this.order([one, other], isGivenUp ? ordersOf([one, other]) : [[one, other]])
  }

  private order(pairs: Done[], orders: Done[][]): void {
    const ends: { world: World; outcomes: Map<Answer, Outcome> }[] = []
    const limited = new Set(pairs.filter((one) => this.isLimited(one)))
    for (const order of orders) {
      let paths = this.worlds.map((world) => ({ world, outcomes: new Map<Answer, Outcome>() }))
      for (const { act, answer } of order.filter((one) => !limited.has(one)))
        paths = paths.flatMap(({ world, outcomes }) =>
          outcomesOf(world, act, this.moment).flatMap((outcome) => {
            const done = { world: outcome.world, outcomes: new Map(outcomes).set(answer, outcome) }
            if (answer.status === 503) return [{ world, outcomes }, done]
            const met = overtaken(act, outcome, answer) ?? outcome
            return this.fits(met, answer, true) ? [done] : []
          }),
        )
      ends.push(...paths)
    }
    const [one] = ends
    if (!one)
      this.complain(pairs.map(({ act, answer }) => `${inShort(act)} answered ${told(answer)}`))
    else
      for (const { answer } of pairs) {
        const outcome = one.outcomes.get(answer)
        if (answer.status === 200 && outcome) this.keep([outcome], answer)
      }
    this.worlds = distinct(ends.map(({ world }) => world))
  }

  /** Whether a limiter refused the act, so that nothing was done. The answer must say when to come back. */
  private isLimited({ act, answer }: Done): boolean {
    const { status, headers } = answer
    if (status !== 429 || !this.deployment.isScarce || !LIMITED.has(act.do)) return false
    if (!(Number(headers.get('Retry-After')) > 0))
      this.complain([`${inShort(act)} answered 429 and not when to come back`])
    this.tally.limited++
    return true
  }

  private fits(outcome: Outcome, answer: Answer, counts: boolean): boolean {
    const { status, body } = answer
    if (status !== outcome.status) return false
    if (counts && outcome.ended !== undefined && body.sessions_ended !== outcome.ended) return false
    const { grant } = outcome
    if (!grant) return body.refresh_token === undefined
    return this.ledger.fits(grant, answer, this.deployment, this.realm.now())
  }

  private keep(outcomes: Outcome[], answer: Answer): void {
    this.ledger.keep(outcomes, answer, this.deployment, this.realm.now())
  }

  /** Tries every token ever issued, and drops each world that says otherwise than what was seen. */
  private async tryAll(byLists: boolean): Promise<void> {
    const { deployment, moment, sure } = this
    // With reads of the primary nobody asks the replica, so it may stay behind.
    if (deployment.reads === 'replica') await this.realm.redis.settled()
    const { issued } = this.ledger
    const place = { deployment, moment, sure }
    const trials = await tryAtOnce(issued, place)
    // Only after a wait, since a list costs a fetch.
    if (byLists) trials.push(...(await tryByLists(issued, place, this.actedAt)))
    this.tally.tries += trials.length
    const left = this.worlds.filter((world) => wrongIn(world, trials).length === 0)
    if (left.length === 0)
      this.complain(this.worlds.map((world) => wrongIn(world, trials).join('; ')))
    this.worlds = left
  }

  private readonly sure: Sure = async (ask) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const seen = await ask()
      if (seen !== null) return seen
      this.tally.unasked++
    }
    throw new Error('A token could not be checked five times in a row.')
  }

  /** In the end each ticket is taken for a refresh token, and each refresh token is really used, from the oldest on. */
  async finish(): Promise<void> {
    const { tickets, refresh } = this.ledger.issued
    for (const token of tickets) await this.finally({ do: 'refresh by ticket', token })
    for (const token of [...refresh])
      await this.finally({ do: 'refresh', token, client: token.client })
    await this.tryAll(false)
  }

  private async finally(act: Act): Promise<void> {
    this.history.push(`in the end: ${inShort(act)}`)
    await this.alone(act, undefined)
    this.tally.tries++
  }

  private complain(found: string[]): never {
    const steps = this.history.map((step, number) => `  ${number} ${step}`).join('\n')
    const worlds = this.worlds.map((world) => JSON.stringify(world)).join('\n  ')
    throw new Error(
      `The service and the model do not agree after\n${steps}\n${found.join('\n')}\nby the model, at ${this.realm.now()}:\n  ${worlds}`,
    )
  }
}
