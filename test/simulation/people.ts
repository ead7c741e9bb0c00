import type { Header, Path, Request, Response } from '@ewallet/protocol'
import type { Connection } from '../../packages/server/src/handler.ts'
import type { Dice } from './dice.ts'
import { kinds, type Sight } from './sight.ts'
import type { Heard, World } from './world.ts'

const TOKEN_MS = 12 * 3_600_000

interface Frame {
  event: string
  cursor: number | null
  data: Record<string, unknown>
}

/** Something a person wants done. */
export interface Wish {
  by: Person
  session: Session
  path: Path
  asked: Record<string, unknown>
  /** Under which it may be said again and again. */
  key: string | undefined
  /** Whether it is meant, only computed, or nonsense. */
  manner: 'do' | 'dry' | 'bad'
}

/** A client of somebody's, with its own connection. */
export class Session {
  private readonly world: World
  readonly address: string
  header: Header = { timestamps: 'iso' }
  /** Until when its token is good, however little it is used. */
  validTo = 0
  /** The last cursor pushed; undefined while nothing is subscribed to. */
  cursor: number | undefined
  connection: Connection

  constructor(world: World, address: string) {
    this.world = world
    this.address = address
    this.connection = this.connected(() => {})
  }

  /** A connection that hands the frames pushed to it on. */
  connected(hear: (frame: Frame) => void): Connection {
    this.cursor = undefined
    this.connection = {
      address: this.address,
      isLocal: false,
      push(frame) {
        hear(frame as Frame)
        return true
      },
      onClose: () => {},
    }
    return this.connection
  }

  says(path: Path, request: object = {}, more: Header = {}): Promise<Heard> {
    return this.world.say(path, request, { ...this.header, ...more }, this.connection)
  }
}

/** Somebody with an account, and a client or two. */
export class Person {
  readonly name: string
  readonly email: string
  readonly sessions: Session[]
  /** The event frames pushed, by cursor. */
  readonly heard = new Map<number, string>()
  /** Ids to ask for, some of them good. */
  readonly records: number[] = [999_999]
  private readonly forgotten: string[] = []
  private readonly world: World
  private keys = 0

  constructor(world: World, name: string, sessions: number) {
    this.world = world
    this.name = name
    this.email = `${name}@example.org`
    this.sessions = Array.from({ length: sessions }, (_, place) => new Session(world, `10.0.${place}.${name.length}`))
  }

  get credentials() {
    return { user_email: this.email, user_pass: 'correct-horse-1' }
  }

  nextKey(): string {
    this.keys += 1
    return `${this.name}-${this.keys}`
  }

  /** The daemon or the machine ended: nobody is connected any more. */
  disconnect(): void {
    for (const session of this.sessions) session.connected(() => {})
  }

  /** Signs up and logs in; false if the daemon ended meanwhile. Said again, it goes on where it ended. */
  async joins(): Promise<boolean> {
    const [session] = this.sessions as [Session]
    if (!(await this.links(session))) return false
    const { user_email, user_pass } = this.credentials
    const heard = await session.says('client action new account', { user_name: this.name, user_email, user_pass })
    if (!heard) return false
    if (heard.failed === true && heard.code !== 'name_taken' && heard.code !== 'email_taken') {
      throw new Error(`${this.name} could not sign up: ${JSON.stringify(heard)}`)
    }
    return this.enters(session)
  }

  private async links(session: Session): Promise<boolean> {
    session.header = { timestamps: 'iso' }
    const client = await session.says('client action request client_id')
    if (!client) return false
    session.header.client_id = client.client_id as string
    const token = await session.says('client action request session_token', { client_id: client.client_id })
    if (!token) return false
    session.header.session_token = token.session_token as string
    return true
  }

  private async enters(session: Session): Promise<boolean> {
    const heard = await session.says('client action login', this.credentials)
    if (!heard) return false
    if (heard.failed === true) throw new Error(`${this.name} could not log in: ${JSON.stringify(heard)}`)
    session.validTo = this.world.now() + TOKEN_MS
    return true
  }

  /** Makes sure that a session is logged in; false if the daemon ended meanwhile. */
  async isIn(session: Session): Promise<boolean> {
    if (this.world.now() < session.validTo) return true
    session.validTo = 0
    // What a session subscribed to ends with it.
    session.connected(() => {})
    return (await this.links(session)) && this.enters(session)
  }

  /** Hears what happens from where it last heard; false if the daemon ended meanwhile. */
  async listens(session: Session): Promise<boolean> {
    if (session.cursor !== undefined) return true
    const from = Math.max(0, ...this.heard.keys())
    const connection = session.connected((frame) => {
      if (frame.cursor === null || session.connection !== connection) return
      const expected = (session.cursor ?? from) + 1
      if (frame.cursor !== expected) throw new Error(`${this.email} was pushed ${frame.cursor}, not ${expected}.`)
      session.cursor = frame.cursor
      this.hears(frame.cursor, frame.event, frame.data)
    })
    const heard = await session.says('client action subscribe events', { from })
    if (heard) session.cursor ??= from
    return heard !== undefined
  }

  /** From now on what was told of somebody may be told without the email. */
  forgets(email: string): void {
    this.forgotten.push(email)
    for (const [cursor, told] of this.heard) this.heard.set(cursor, told.replaceAll(email, 'somebody'))
  }

  private hears(cursor: number, event: string, data: unknown): void {
    let told = JSON.stringify([event, data]).replaceAll(/deleted account #\d+/g, 'somebody')
    for (const email of this.forgotten) told = told.replaceAll(email, 'somebody')
    const before = this.heard.get(cursor)
    if (before !== undefined && before !== told) {
      throw new Error(`Event ${cursor} of ${this.email} was ${before} and is now ${told}.`)
    }
    this.heard.set(cursor, told)
  }

  /** Looks at all that is theirs; undefined if the daemon ended meanwhile. */
  async looks(): Promise<Sight | undefined> {
    const session = this.sessions[0] as Session
    if (!(await this.isIn(session))) return undefined
    const ask = async <P extends Path>(path: P, request: Request<P>) => {
      const heard = await session.says(path, request)
      if (heard?.failed === true) throw new Error(`${this.email} may not ${path}: ${JSON.stringify(heard)}`)
      return heard as Response<P> | undefined
    }
    const active = await ask('client action view credit ewallet', {})
    const all = await ask('client action view credit ewallets', {})
    const clock = await ask('client action view credit clock', {})
    const clocks = await ask('client action view credit clocks', {})
    if (!active || !all || !clock || !clocks) return undefined
    const { credit_clock: minutes, clock_state: state } = clock.clock_data
    const sight: Sight = {
      by: this.email,
      at: this.world.now(),
      wallet: active.ewallet,
      clock: { id: clock.clock, minutes, state },
      clocks: clocks.clocks.map(({ id, credit_clock }) => ({ id, minutes: credit_clock })),
      wallets: [],
      records: { transfer: [], invoice: [], conversion: [], time: [] },
      times: [],
      events: [],
    }
    for (const { id, credits } of all.ewallets) {
      const entries = { credits: 0, milliseconds: 0 }
      for (let cursor: string | undefined; ; ) {
        const page = await ask('client action view statement', {
          ewallet_id: id,
          limit: 100,
          ...(cursor && { cursor }),
        })
        if (!page) return undefined
        for (const { unit, amount } of page.entries) entries[unit] += amount
        cursor = page.cursor ?? undefined
        if (cursor !== undefined) continue
        sight.wallets.push({ id, credits, closing: page.closing, entries })
        break
      }
    }
    for (const kind of kinds) {
      const sheet = await ask(`client action view ${kind} list`, {})
      if (!sheet) return undefined
      sight.records[kind] = Object.keys(sheet.sheet_data.records).map(Number)
    }
    const times = await ask('client action view time records', { limit: 1_000 })
    if (!times) return undefined
    sight.times = times.records.map(({ time_stop, time_spent }) => `${isoOf(time_stop)} ${time_spent}`)
    for (let from = 0; ; ) {
      const page = await ask('client action view events', { from, limit: 1_000 })
      if (!page) return undefined
      for (const { event, cursor, data } of page.events) {
        sight.events.push({ event, cursor })
        this.hears(cursor, event, data)
      }
      if (page.events.length === 0) break
      from = page.cursor
    }
    const last = sight.events.length
    const beyond = [...this.heard.keys()].filter((cursor) => cursor > last)
    if (beyond.length > 0) throw new Error(`${this.email} was told of events ${beyond} that did not happen.`)
    return sight
  }

  /** Something this person may want to do, of what can be said in any order. */
  wishes(dice: Dice, others: readonly Person[], isFirst: boolean): Pick<Wish, 'path' | 'asked' | 'manner'> {
    const credits = dice.weighed([
      [8, dice.whole(1, 30)],
      [1, dice.whole(1, 100_000)],
    ])
    const to = dice.weighed([
      [20, dice.pick(others).email],
      [1, this.email],
      [1, 'nobody@example.org'],
    ])
    const record_id = dice.weighed([
      [9, dice.pick(this.records)],
      [1, dice.whole(500_000, 1_000_000)],
    ])
    const part = dice.chance(0.5) ? {} : { credits: dice.whole(1, 20) }
    const timer: [number, [Path, object]][] = (['start', 'pause', 'resume', 'stop'] as const).map((verb) => [
      isFirst ? 3 : 0,
      [`client action ${verb} clock_timer`, {}],
    ])
    const [path, asked] = dice.weighed<[Path, object]>([
      [6, ['client action supply credits', { credits, cost: 4.7 }]],
      [0.2, ['client action supply credits', { credits: 1_000_000_000 }]],
      [6, ['client action transfer credits', { transfer_to: to, credits }]],
      [5, ['client action pay', { pay: to, credits, notes: 'lunch' }]],
      [6, ['client action refund transfer', { record_id, ...part }]],
      [4, ['client action convert credits2clock', { credits: Math.min(credits, 90) }]],
      [3, ['client action convert clock2credits', { minutes: dice.whole(1, 20) }]],
      [1, ['client action unlink transfer record', { record_id }]],
      [3, ['client action view credit ewallet', {}]],
      ...timer,
    ])
    const isBad = dice.chance(0.05)
    const nonsense = dice.pick([{ credits: 0 }, { credits: 1.5 }, { credits: '1' }, { credits: -1 }, { colour: 'red' }])
    const manner = isBad ? 'bad' : dice.chance(0.06) && !path.includes('view') ? 'dry' : 'do'
    return { path, asked: { ...asked, ...(isBad ? nonsense : {}) }, manner }
  }

  /** Something that has to be said alone, because what others say at the same time would mean something else after it. */
  wishesAlone(dice: Dice, wallets: readonly number[], clocks: readonly number[], import_: object): [Path, object] {
    return dice.weighed<[Path, object]>([
      [1, ['client action new credit ewallet', {}]],
      [3, ['client action switch credit ewallet', { ewallet_id: dice.pick(wallets) }]],
      [2, ['client action unlink credit ewallet', { ewallet_id: dice.pick(wallets) }]],
      [1, ['client action new credit clock', {}]],
      [3, ['client action switch credit clock', { clock_id: dice.pick(clocks) }]],
      [2, ['client action unlink credit clock', { clock_id: dice.pick(clocks) }]],
      [4, ['client action import time_records', import_]],
    ])
  }
}

const isoOf = (stamp: string) => new Date(stamp).toISOString()
