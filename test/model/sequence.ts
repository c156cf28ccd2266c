/** Owns the playing of a sequence: each step is done to the real service, its answer compared with the model's, and then every token ever issued is tried. */

import { type Answer, claimsOf, type Street } from '../support/street.ts'
import { type Act, EMPTY, type Moment, type Outcome, RULES, type World } from './model.ts'
import { outcomesOf } from './outcomes.ts'
import {
  type Deployment,
  FAULTS,
  type Names,
  type Realm,
  send,
  tryAccess,
  tryRefresh,
} from './realm.ts'
import { actOf, boundaryOf, type Issued } from './resolution.ts'
import type { Step, StepFault } from './steps.ts'
import { expected, inShort, told } from './words.ts'
import { distinct, isSame, ordersOf, overtaken, wrongTokens } from './worlds.ts'

export interface Tally {
  sequences: number
  /** Done, to the real service. */
  steps: number
  /** How often a token was tried. */
  tries: number
  /** Answers of 503 where the model had asked for no fault. */
  unasked: number
  /** Of each kind of step. */
  kinds: Record<string, number>
}

export const newTally = (): Tally => ({ sequences: 0, steps: 0, tries: 0, unasked: 0, kinds: {} })

/**
 * What was answered 503 may or may not have happened, so the model is not one world but all that are still possible; each
 * answer and each token that is tried leaves only those that it fits. When none is left, the promise was broken.
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

/**
 * After a refresh that was not confirmed and a change of secrets, an older refresh token is answered with a new text, which
 * may be of either generation. The model goes no further then: it would have to guess.
 */
class Unclear extends Error {}

class Sequence {
  private worlds: World[] = [EMPTY]
  private readonly issued: Issued = { access: [], refresh: [], sessions: new Map(), accounts: [] }
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
    await this.tryAll()
  }

  /** Whether there was anything to do. */
  private async dispatch(step: Step, name: string): Promise<boolean> {
    switch (step.do) {
      case 'wait':
        this.realm.turnTo(this.realm.now() + step.seconds * 1000)
        return true
      case 'wait until': {
        const moment = boundaryOf(step, this.issued, this.surest)
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
      case 'together': {
        const acts = step.steps.flatMap((one, place) => this.resolve(one, `${name}.${place}`) ?? [])
        if (acts.length === 0) return false
        await this.together(acts)
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
    return actOf(step, name, { issued: this.issued, world: this.surest, now: this.realm.now() })
  }

  private readonly names: Names = {
    access: ({ place }) => this.issued.access[place]?.text ?? '',
    refresh: (token) => this.issued.refresh.find((one) => isSame(one, token))?.text ?? '',
    session: (key) => this.issued.sessions.get(key) ?? '',
    account: (key) => this.issued.accounts.find((one) => one.key === key)?.id ?? '',
  }

  private async alone(act: Act, fault: StepFault | undefined): Promise<void> {
    if (fault) await this.realm.redis.fail({ ...FAULTS[fault.name], after: fault.after })
    const answer = await send(this.street, act, this.names)
    await this.street.settled()
    if (fault) await this.realm.redis.heal()
    const isUnconfirmed = answer.status === 503
    if (isUnconfirmed && !fault) this.tally.unasked++
    const all = this.worlds.flatMap((world) => outcomesOf(world, act, this.moment))
    // Sent again, a call whose answer was lost finds that its sessions have ended: how many is not told.
    const fitting = isUnconfirmed ? all : all.filter((one) => this.fits(one, answer, !fault))
    if (fitting.length === 0)
      this.complain([`${inShort(act)} answered ${told(answer)}`, ...all.map(expected)])
    this.keep(fitting, isUnconfirmed ? null : answer)
    this.worlds = distinct([
      ...(isUnconfirmed ? this.worlds : []),
      ...fitting.map(({ world }) => world),
    ])
  }

  /** What was sent at once must look as if it had been done one after the other, in some order. */
  private async together(acts: Act[]): Promise<void> {
    const answers = await Promise.all(acts.map((act) => send(this.street, act, this.names)))
    await this.street.settled()
    const lost = answers.filter(({ status }) => status === 503).length
    this.tally.unasked += lost
    const pairs = acts.flatMap((act, place) => {
      const answer = answers[place]
      return answer ? [{ act, answer }] : []
    })
    const ends: { world: World; outcomes: Map<Answer, Outcome> }[] = []
    for (const order of ordersOf(pairs)) {
      let paths = this.worlds.map((world) => ({ world, outcomes: new Map<Answer, Outcome>() }))
      for (const { act, answer } of order)
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

  private fits(outcome: Outcome, { status, body }: Answer, counts: boolean): boolean {
    if (status !== outcome.status) return false
    if (counts && outcome.ended !== undefined && body.sessions_ended !== outcome.ended) return false
    const { grant } = outcome
    if (!grant) return body.refresh_token === undefined
    const expiresAt = this.expiryOf(grant)
    if (body.expires_at !== expiresAt / 1000) return false
    // A token is one generation's and a generation has one token, of each secret.
    const token = { ...grant, signer: this.deployment.signer }
    return this.issued.refresh.every(
      (known) => isSame(known, token) === (known.text === body.refresh_token),
    )
  }

  /** In whole seconds, and never past the end of the session. */
  private expiryOf({ absoluteEnd }: { absoluteEnd: number }): number {
    const whole = (ms: number) => Math.floor(ms / 1000) * 1000
    return Math.min(whole(this.realm.now()) + RULES.access, whole(absoluteEnd))
  }

  private keep(outcomes: Outcome[], answer: Answer | null): void {
    const grants = new Map(
      outcomes.flatMap(({ grant }) => (grant ? [[grant.generation, grant]] : [])),
    )
    const [grant] = grants.values()
    if (answer?.status !== 200 || !grant) return
    if (grants.size > 1) throw new Unclear()
    const { body } = answer
    const { session, generation } = grant
    const { signer } = this.deployment
    const text = String(body.access_token)
    const claims = claimsOf(text)
    this.issued.sessions.set(session, String(claims.sid))
    const opened = this.surestAccountOf(outcomes, session)
    if (opened && !this.issued.accounts.some(({ key }) => key === opened.key))
      this.issued.accounts.push({ ...opened, id: String(claims.sub) })
    const place = this.issued.access.length
    const expiresAt = this.expiryOf(grant)
    this.issued.access.push({
      place,
      session,
      signer,
      expiresAt,
      text,
      client: String(claims.client_id),
    })
    const token = { session, generation, signer, text: String(body.refresh_token) }
    if (!this.issued.refresh.some((one) => isSame(one, token)))
      this.issued.refresh.push({ ...token, client: String(claims.client_id) })
  }

  private surestAccountOf(outcomes: Outcome[], key: string) {
    const world = outcomes[0]?.world
    const session = world?.sessions.find((one) => one.key === key)
    const account = world?.accounts.find((one) => one.key === session?.account)
    return account && { key: account.key, slot: account.slot }
  }

  /** Every token ever issued, and every world that does not say the same goes. */
  private async tryAll(): Promise<void> {
    const { access, refresh } = this.issued
    const [seenAccess, seenRefresh] = await Promise.all([
      Promise.all(access.map(({ text }) => this.sure(() => tryAccess(this.street, text)))),
      Promise.all(refresh.map(({ text }) => this.sure(() => tryRefresh(this.street, text)))),
    ])
    this.tally.tries += access.length + refresh.length
    const seen = { access: seenAccess, refresh: seenRefresh }
    const wrongIn = (world: World) => wrongTokens(world, this.issued, seen, this.moment)
    const left = this.worlds.filter((world) => wrongIn(world).length === 0)
    if (left.length === 0) this.complain(this.worlds.map((world) => wrongIn(world).join('; ')))
    this.worlds = left
  }

  /** A busy machine is no fault here: what could not be checked is asked again. */
  private async sure(ask: () => Promise<boolean | null>): Promise<boolean> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const seen = await ask()
      if (seen !== null) return seen
      this.tally.unasked++
    }
    throw new Error('A token could not be checked five times in a row.')
  }

  /** In the end each refresh token is really used, from the oldest on. */
  async finish(): Promise<void> {
    for (const token of [...this.issued.refresh]) {
      this.history.push(`the use of refresh token ${token.generation} of session ${token.session}`)
      await this.alone({ do: 'refresh', token, client: token.client }, undefined)
      this.tally.tries++
    }
    await this.tryAll()
  }

  private complain(found: string[]): never {
    const steps = this.history.map((step, number) => `  ${number} ${step}`).join('\n')
    const worlds = this.worlds.map((world) => JSON.stringify(world)).join('\n  ')
    throw new Error(
      `The service and the model do not agree after\n${steps}\n${found.join('\n')}\nby the model, at ${this.realm.now()}:\n  ${worlds}`,
    )
  }
}
