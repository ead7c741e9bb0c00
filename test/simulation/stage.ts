import type { Header, Path } from '@ewallet/protocol'
import { Dice } from './dice.ts'
import type { Trouble } from './disk.ts'
import type { Ground } from './ground.ts'
import { type Accepted, Oracle } from './oracle.ts'
import { Person, type Session, type Wish } from './people.ts'
import { compareSight, kinds, type Sight } from './sight.ts'
import { type Heard, World } from './world.ts'

const MINUTE = 60_000

/** What somebody said under a key, and the first answer to it. */
export interface Kept extends Wish {
  heard: Record<string, unknown>
}

/** Makes what the store stands on, with dice of its own; files are checkpointed after so many bytes. */
export type MakeGround = (dice: Dice, checkpointBytes: number) => Ground

/** A world, its people and the oracle that watches: instructions are said, crashes are recovered from, and each answer is judged. */
export class Stage {
  protected readonly dice: Dice
  protected readonly world: World
  protected readonly oracle = new Oracle()
  protected readonly people: Person[] = []
  protected readonly kept: Kept[] = []
  protected readonly count = {
    said: 0,
    refused: 0,
    repeated: 0,
    starts: 0,
    kills: 0,
    brokenStores: 0,
    open: 0,
    openAndThere: 0,
  }

  constructor(seed: number, hear: (line: string) => void, ground: MakeGround) {
    this.dice = new Dice(seed, 'people')
    this.world = new World(new Dice(seed, 'daemon'), (bytes) => ground(new Dice(seed, 'disk'), bytes), hear)
  }

  /** Ends the daemon, however its history went, and waits until it is gone. */
  async end(): Promise<void> {
    this.world.kill()
    await this.world.ground.isLeft()
  }

  protected listenForFaults(): void {
    const [fault] = this.world.faults
    if (fault) throw fault
  }

  /** Something that goes wrong within the next operations, now and then. */
  protected tempt(probability: number): void {
    const { dice } = this
    const kind = dice.weighed<Trouble['kind']>([
      [6, 'end'],
      [2, 'full'],
      [4, 'broken'],
      [1, 'short'],
    ])
    const trouble: Trouble = {
      kind,
      atSync: dice.chance(0.6),
      after: dice.chance(0.7) ? dice.whole(0, 12) : dice.whole(0, 80),
      lasts: dice.chance(0.7) ? 1 : dice.whole(2, 30),
    }
    this.world.troubles(dice.chance(probability) ? trouble : undefined)
  }

  protected async perform(wishes: readonly Wish[]): Promise<void> {
    const { world } = this
    const at = world.now()
    const answered: Kept[] = []
    const open: Wish[] = []
    await Promise.all(
      wishes.map(async (wish) => {
        const heard = await this.says(wish)
        if (heard) answered.push({ ...wish, heard })
        else if (wish.key) open.push(wish)
      }),
    )
    for (const each of answered) this.accept(each, at)
    // Those that were sent first were applied first.
    open.sort((a, b) => wishes.indexOf(a) - wishes.indexOf(b))
    this.count.open += open.length
    world.troubles(undefined)
    if (open.length > 0 || !(await this.isWell())) await this.recover(open, at)
  }

  /** Whether the store can still be written; what goes wrong behind the answers is known only by asking. */
  protected async isWell(): Promise<boolean> {
    const { world } = this
    await world.does(({ store }) => store.transaction(() => Promise.resolve()))
    return world.isUp && !world.isBroken
  }

  protected says({ session, path, asked, key, manner }: Wish): Promise<Heard> {
    this.count.said += 1
    const header: Header = { ...(key ? { idempotency_key: key } : {}), ...(manner === 'dry' ? { dry_run: true } : {}) }
    return session.says(path, asked, header)
  }

  /** An answer that came while the daemon went on: it must be the one that follows from all before. */
  private accept(kept: Kept, at: number): void {
    const { by, path, asked, heard, manner, key } = kept
    if (heard.failed === true) this.count.refused += 1
    const accepted: Accepted = { by: by.email, path, asked, heard, at }
    if (manner === 'bad') {
      if (heard.code !== 'malformed_request') throw new Error(`Nonsense was answered with ${JSON.stringify(heard)}.`)
      return
    }
    if (manner === 'dry') this.oracle.foresee(accepted)
    else {
      this.oracle.hear(accepted)
      this.remember(kept)
      if (key) this.kept.push(kept)
    }
  }

  /** Notes record ids that may be refunded. */
  private remember({ by, path, asked, heard }: Kept): void {
    const id = heard.transfer_record as number | undefined
    if (id === undefined || path.includes('unlink')) return
    by.records.push(id)
    const partner = this.people.find(({ email }) => email === (asked.pay ?? asked.transfer_to))
    for (const copies of [1, 2, 3]) if (partner && copies) partner.records.push(id + 1)
  }

  /**
   * Brings the daemon up again, looks at what is there, says again what has no answer, and finds out which of it was there already.
   * What happens meanwhile happens at one moment, later than all before, so that an answer tells on which side of it it was made.
   */
  protected async recover(open: readonly Wish[], before: number): Promise<void> {
    const { world, dice } = this
    const answers = new Map<Wish, Record<string, unknown>>()
    let sights: Sight[] | undefined
    const wasBroken = world.isBroken
    if (wasBroken) this.count.brokenStores += 1
    if (wasBroken && dice.chance(0.5)) await this.stays()
    for (let tries = 0; ; tries += 1) {
      if (tries > 20) throw new Error('The daemon does not come up again.')
      // After a broken fsync it is what was kept in memory only that has to be seen through.
      if (dice.chance(tries === 0 && wasBroken ? 0.3 : 0.75)) world.cutPower()
      else {
        world.kill()
        this.count.kills += 1
      }
      if (tries === 0) world.setWallPast(before + dice.whole(0, 5 * MINUTE))
      this.tempt(tries < 4 ? 0.35 : 0)
      if (!(await this.start())) continue
      sights ??= await this.sights()
      if (!sights) continue
      if (await this.sayAgain(open, answers)) break
    }
    world.troubles(undefined)
    const now = world.now()
    const isThere = (wish: Wish) =>
      wasThere(wish, answers.get(wish) ?? {}, sights, now, this.oracle.the(wish.by.email).events)
    const [there, absent] = [open.filter(isThere), open.filter((wish) => !isThere(wish))]
    this.count.openAndThere += there.length
    if (there.length > 0) this.oracle.settle(before)
    for (const wish of there) this.oracle.hear(acceptedOf(wish, answers, before), false)
    this.oracle.settle(now)
    for (const sight of sights) compareSight(sight, this.oracle.the(sight.by))
    for (const wish of absent) {
      const accepted = acceptedOf(wish, answers, now)
      // A refusal may be older than what is there now.
      if (accepted.heard.failed !== true) this.oracle.hear(accepted)
    }
    for (const wish of open) {
      const kept = { ...wish, heard: answers.get(wish) ?? {} }
      this.remember(kept)
      this.kept.push(kept)
    }
  }

  /** Until it is started anew, a store that cannot be written answers nothing, not even what is only read. */
  private async stays(): Promise<void> {
    const [person] = this.people as [Person]
    for (const session of person.sessions) await session.says('client action view credit ewallet')
  }

  private async sayAgain(open: readonly Wish[], answers: Map<Wish, Record<string, unknown>>): Promise<boolean> {
    for (const wish of open) {
      if (!(await wish.by.isIn(wish.session))) return false
      this.count.repeated += 1
      const heard = await this.says(wish)
      if (!heard) return false
      const before = answers.get(wish)
      if (before) mustEqual(wish, before, heard)
      answers.set(wish, heard)
    }
    return true
  }

  protected async start(): Promise<boolean> {
    for (const person of this.people) person.disconnect()
    this.count.starts += 1
    return this.world.start()
  }

  /** Makes sessions usable, with nothing going wrong. */
  protected async ready(acting: readonly { person: Person; session: Session }[]): Promise<void> {
    for (const { person, session } of acting) {
      if (!(await person.isIn(session))) throw new Error('The daemon ended although nothing was wrong.')
      if (this.dice.chance(0.5)) await person.listens(session)
    }
  }

  private async sights(): Promise<Sight[] | undefined> {
    const sights: Sight[] = []
    for (const person of this.people) {
      const sight = await person.looks()
      if (!sight) return undefined
      sights.push(sight)
    }
    return sights
  }

  protected async sightOf(person: Person): Promise<Sight> {
    const sight = await person.looks()
    if (!sight) throw new Error('The daemon ended although nothing was wrong.')
    return sight
  }

  protected async restartAfter(): Promise<void> {
    if (!(await this.start())) throw new Error('The daemon does not start.')
  }

  /** Somebody new signs up, whatever happens meanwhile. */
  protected async welcome(name: string): Promise<void> {
    const person = new Person(this.world, name, this.dice.whole(1, 2))
    if (!this.world.isUp) await this.restartAfter()
    const at = this.world.now()
    this.tempt(this.people.length < 2 ? 0 : 0.5)
    for (let tries = 0; !(await person.joins()); tries += 1) {
      if (tries > 3) throw new Error(`${name} cannot sign up.`)
      await this.recover([], at)
    }
    this.world.troubles(undefined)
    if (!(await this.isWell())) await this.recover([], at)
    const sight = await this.sightOf(person)
    this.oracle.open(person.email, sight.wallet, sight.clock.id)
    this.people.push(person)
    const [session] = person.sessions as [Session]
    for (const [path, credits] of [
      ['client action supply credits', 200],
      ['client action convert credits2clock', 60],
    ] as const) {
      await this.perform([{ by: person, session, path, asked: { credits }, key: person.nextKey(), manner: 'do' }])
    }
  }
}

function acceptedOf(wish: Wish, answers: Map<Wish, Record<string, unknown>>, at: number): Accepted {
  return { by: wish.by.email, path: wish.path, asked: wish.asked, heard: answers.get(wish) ?? {}, at }
}

/** Fails unless what was said again was answered as the first time. */
export function mustEqual({ path, key }: Wish, before: object, now: object): void {
  const [a, b] = [JSON.stringify(before), JSON.stringify(now)]
  if (a !== b) throw new Error(`${path} was answered ${a}, and said again with the key ${key} ${b}.`)
}

/** Whether what was open was there before it was said again. */
function wasThere(
  { by, path, asked }: Wish,
  heard: Record<string, unknown>,
  sights: readonly Sight[],
  now: number,
  happenedBefore: ReadonlyMap<string, number>,
): boolean {
  const sight = sights.find((each) => each.by === by.email)
  if (heard.failed === true || !sight) return false
  const has = (kind: (typeof kinds)[number], id: unknown) => sight.records[kind].includes(id as number)
  if (path === ('client action unlink account' satisfies Path)) {
    const stopped = sight.events.filter(({ event }) => event === 'clock.stopped').length
    return stopped > (happenedBefore.get('clock.stopped') ?? 0)
  }
  const [, verb] = /^client action (start|pause|resume) clock_timer$/.exec(path) ?? []
  if (verb) return Date.parse(heard[`${verb}_timestamp`] as string) < now
  if (path === ('client action unlink transfer record' satisfies Path)) return !has('transfer', asked.record_id)
  if (path === 'client action import time_records') return has('time', (heard.time_records as number[])[0])
  if (path === ('client action unlink credit ewallet' satisfies Path))
    return !sight.wallets.some(({ id }) => id === asked.ewallet_id)
  if (path === ('client action unlink credit clock' satisfies Path))
    return !sight.clocks.some(({ id }) => id === asked.clock_id)
  if (path.includes('new credit') || path.includes('switch credit')) {
    const data = (heard.ewallet_data ?? heard.clock_data) as { create_date: string }
    return path.includes('switch') || Date.parse(data.create_date) < now
  }
  for (const kind of kinds) if (`${kind}_record` in heard) return has(kind, heard[`${kind}_record`])
  return false
}
