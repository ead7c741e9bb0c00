import { isRefusal } from '@ewallet/protocol'
import { DiskGround } from './ground.ts'
import type { Session, Wish } from './people.ts'
import { compareLedger, compareSight } from './sight.ts'
import { type Kept, type MakeGround, mustEqual, Stage } from './stage.ts'
import type { Heard } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** How long the clock is turned at the most: what nobody uses for longer is given up. */
const TURNED_MAX = 80 * DAY
/** From the order to the deletion of an account. */
const DELETION_MS = 30 * DAY

/** How a simulated history went. */
export interface Outcome {
  /** The SHA-256 of all that was said and heard. */
  digest: string
  said: number
  refused: number
  repeated: number
  operations: number
  /** Starts of the daemon, and how it ended before. */
  starts: number
  powerCuts: number
  kills: number
  brokenStores: number
  tornTails: number
  /** Instructions whose outcome was unknown, and how many of them were there. */
  open: number
  openAndThere: number
}

const onDisk: MakeGround = (dice, checkpointBytes) => new DiskGround(dice, checkpointBytes)

/**
 * One history of a whole daemon: seeded people, a hand-turned clock, a disk that tears, or what its store stands on else; the oracle
 * watches. Throws at the first thing that must not be.
 */
export async function simulate(seed: number, hear = (_line: string) => {}, ground = onDisk): Promise<Outcome> {
  const simulation = new Simulation(seed, hear, ground)
  try {
    return await simulation.run()
  } finally {
    await simulation.end()
  }
}

/** What may happen, how often, and in which order. */
class Simulation extends Stage {
  private imports = 0
  private turned = 0
  private guests = 0

  async run(): Promise<Outcome> {
    for (const name of ['alice', 'bob', 'carol', 'dave'].slice(0, this.dice.whole(2, 4))) await this.welcome(name)
    for (let steps = this.dice.whole(8, 20); steps > 0; steps -= 1) {
      this.turnClock()
      await this.step()
      this.listenForFaults()
    }
    this.world.troubles(undefined)
    await this.audit()
    await this.prove()
    await this.restart('stop')
    await this.audit()
    const { ground } = this.world
    return {
      ...this.count,
      digest: this.world.digest(),
      operations: ground.operations,
      powerCuts: ground.powerCuts,
      tornTails: this.world.reports.filter((sentence) => /torn|cut off/.test(sentence)).length,
    }
  }

  private async step(): Promise<void> {
    const step = this.dice.weighed<() => Promise<void>>([
      [12, () => this.burst()],
      [2, () => this.alone()],
      [2, () => this.repeatOld()],
      [1.5, () => this.sweep()],
      [1.5, () => this.restart(this.dice.pick(['stop', 'kill', 'power']))],
      [1, () => this.audit()],
      [0.3, () => this.forgetPicture()],
      [this.people.length > 2 ? 0.5 : 0, () => this.farewell()],
      [this.people.length < 6 ? 0.5 : 0, () => this.welcome(this.nextGuest())],
    ])
    await step()
  }

  /** Mostly a little; now and then it stands still, jumps, or somebody sets it back. */
  private turnClock(): void {
    const { dice } = this
    if (dice.chance(0.05)) this.world.setWall(-dice.whole(1, HOUR))
    const ms = dice.weighed([
      [2, 0],
      [3, dice.whole(1, 2_000)],
      [4, dice.whole(1, 20) * MINUTE],
      [2, dice.whole(1, 2 * HOUR)],
      [0.3, dice.whole(1, 2 * DAY)],
    ])
    if (this.turned + ms > TURNED_MAX) return
    this.turned += ms
    this.world.turn(ms)
  }

  /** Several people say several things at once, without waiting for answers. */
  private async burst(): Promise<void> {
    const { dice } = this
    const staying = this.people.filter(({ email }) => !this.oracle.the(email).isLeaving)
    const sessions = staying.flatMap((person) =>
      person.sessions.map((session, place) => ({ person, session, isFirst: place === 0 })),
    )
    const acting = sessions.filter(() => dice.chance(0.6))
    await this.ready(acting)
    this.tempt(0.5)
    const wishes = acting.flatMap(({ person, session, isFirst }) =>
      Array.from({ length: dice.whole(1, 5) }, (): Wish => {
        const wish = person.wishes(dice, this.people, isFirst)
        const key = wish.manner !== 'do' || wish.path.includes('view') ? undefined : person.nextKey()
        return { ...wish, by: person, session, key }
      }),
    )
    await this.perform(wishes)
  }

  /** Somebody says something that changes what others would mean. */
  private async alone(): Promise<void> {
    const person = this.dice.pick(this.people)
    const session = person.sessions[0] as Session
    await this.ready([{ person, session }])
    const sight = await this.sightOf(person)
    this.imports += 1
    const start = Date.UTC(2020, 0, 1) + this.imports * HOUR
    const time_stop = new Date(start + this.dice.whole(1, 180_000)).toISOString()
    const records = [{ time_start: new Date(start).toISOString(), time_stop }]
    const [path, asked] = person.wishesAlone(
      this.dice,
      sight.wallets.map(({ id }) => id),
      sight.clocks.map(({ id }) => id),
      { records },
    )
    // A timer that runs has used time that is not charged yet; what may still be imported is another question.
    if (path.includes('import') && sight.clock.state !== 'inactive') return
    this.tempt(0.4)
    await this.perform([{ by: person, session, path, asked: asked as never, key: person.nextKey(), manner: 'do' }])
  }

  /** Says old things again, under their keys: the answers are the old ones and nothing is done. */
  private async repeatOld(): Promise<void> {
    if (this.kept.length === 0) return
    for (let times = this.dice.whole(1, 6); times > 0; times -= 1) {
      const kept = this.dice.pick(this.kept)
      const session = this.dice.pick(kept.by.sessions)
      await this.ready([{ person: kept.by, session }])
      this.count.repeated += 1
      const heard = await this.says({ ...kept, session })
      if (!heard) throw new Error('The daemon ended although nothing was wrong.')
      mustEqual(kept, kept.heard, heard)
      if (!('credits' in kept.asked)) continue
      const credits = kept.asked.credits === 7 ? 8 : 7
      const other = { ...kept, session, asked: { ...kept.asked, credits } }
      const conflict = await this.says(other)
      if (conflict?.code !== 'idempotency_conflict') {
        throw new Error(`A key was used for another request, and heard ${JSON.stringify(conflict)}.`)
      }
    }
  }

  /** What the daemon does by itself now and then. */
  private async sweep(): Promise<void> {
    this.tempt(0.3)
    const at = this.world.now()
    await this.world.does(({ house }) => house.settle())
    const admin = { address: null, isLocal: true }
    for (const path of ['sessions', 'ctokens', 'stokens', 'workers'] as const) {
      await this.world.say(`system action cleanup ${path}`, {}, {}, admin)
    }
    this.world.troubles(undefined)
    if (!(await this.isWell())) await this.recover([], at)
  }

  private async restart(how: 'stop' | 'kill' | 'power'): Promise<void> {
    const { world } = this
    const at = world.now()
    this.tempt(how === 'stop' ? 0.2 : 0)
    if (how === 'stop') await world.stop()
    else if (how === 'kill') world.kill()
    else world.cutPower()
    world.troubles(undefined)
    if (how === 'kill') this.count.kills += 1
    if (!(await this.start())) await this.recover([], at)
  }

  private nextGuest(): string {
    this.guests += 1
    return `guest${this.guests}`
  }

  /** Somebody orders the deletion of the account, and recovers it, or is deleted after 30 days. */
  private async farewell(): Promise<void> {
    const { world, dice, oracle } = this
    if (this.turned + DELETION_MS > TURNED_MAX) return
    const person = dice.pick(this.people)
    const [session] = person.sessions as [Session]
    await this.ready([{ person, session }])
    this.tempt(0.4)
    const order = { path: 'client action unlink account', asked: { forfeit: true }, manner: 'do' } as const
    await this.perform([{ ...order, by: person, session, key: person.nextKey() }])
    await this.burst()
    if (dice.chance(0.3)) {
      await this.ready([{ person, session }])
      const heard = await session.says('client action recover account', person.credentials)
      if (heard?.failed !== false) throw new Error(`${person.email} could not come back: ${JSON.stringify(heard)}`)
      oracle.the(person.email).isLeaving = false
      return
    }
    this.turned += DELETION_MS
    // While the wall clock is behind, time may stand still for a while.
    for (const due = world.now() + DELETION_MS; world.now() < due; ) world.turn(DELETION_MS / 10)
    for (const other of this.people) other.forgets(person.email)
    this.people.splice(this.people.indexOf(person), 1)
    const at = world.now()
    for (let heard: Heard; !heard; ) {
      this.tempt(0.5)
      heard = await world.say('system action cleanup accounts', {}, {}, { address: null, isLocal: true })
      world.troubles(undefined)
      if (!heard || !(await this.isWell())) await this.recover([], at)
    }
    oracle.settle(at)
    oracle.forget(person.email)
    const isAbout = (kept: Kept) =>
      kept.by === person || JSON.stringify([kept.asked, kept.heard]).includes(person.email)
    this.kept.splice(0, this.kept.length, ...this.kept.filter((kept) => !isAbout(kept)))
  }

  /** Loses what can be made again from the rest. */
  private async forgetPicture(): Promise<void> {
    await this.world.stop()
    this.world.ground.forget()
    await this.restartAfter()
    await this.audit()
  }

  /** Compares everything that anybody can see with what must be. */
  private async audit(): Promise<void> {
    this.world.troubles(undefined)
    this.oracle.settle(this.world.now())
    for (const person of this.people) {
      const sight = await this.sightOf(person)
      compareSight(sight, this.oracle.the(sight.by))
      // What is pushed follows the answers.
      const isBehind = ({ cursor, validTo }: Session) =>
        cursor !== undefined && validTo > sight.at && cursor !== sight.events.length
      await this.world.ground.catchUp(() => !person.sessions.some(isBehind))
      for (const session of person.sessions) {
        const { cursor } = session
        if (isBehind(session)) {
          throw new Error(
            `${person.email} was pushed ${cursor} of ${sight.events.length} events: ${JSON.stringify(sight.events.slice(cursor))}.`,
          )
        }
      }
    }
    const ledger = await this.world.does(({ store }) =>
      store.transaction(async (tx) => {
        const sums = async (account: 'core' | 'exchange' | 'consumed') => ({
          credits: await tx.balance(account, 'credits'),
          milliseconds: await tx.balance(account, 'milliseconds'),
        })
        return { core: await sums('core'), exchange: await sums('exchange'), consumed: await sums('consumed') }
      }),
    )
    if (!ledger) throw new Error('The daemon ended although nothing was wrong.')
    compareLedger(ledger, this.oracle.totals())
    this.listenForFaults()
  }

  /** Lets the store prove itself, and notice a single change anywhere. */
  private async prove(): Promise<void> {
    const { world, dice } = this
    const verify = () => world.does(async ({ store }) => (await store.disk?.verify(() => {})) ?? 'none')
    const proved = await verify()
    if (proved === 'none') return
    if (!proved || isRefusal(proved)) throw new Error(`The store does not prove itself: ${JSON.stringify(proved)}`)
    const { what, mend } = await world.ground.spoil(dice)
    const spoilt = await verify()
    await mend()
    if (!isRefusal(spoilt)) throw new Error(`That ${what} was changed was not noticed.`)
  }
}
