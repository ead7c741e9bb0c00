import { createHash } from 'node:crypto'
import { chainOf, commonRefusals, declarationOf, type Header, type Path } from '@ewallet/protocol'
import { type Config, defaults } from '../../packages/server/src/config.ts'
import { type House, openHouse } from '../../packages/server/src/daemon.ts'
import type { Connection, Passwords, Sockets } from '../../packages/server/src/handler.ts'
import { type Store, StoreUnavailable } from '../../packages/server/src/store/store.ts'
import { machineTime } from '../../packages/server/src/time.ts'
import type { Dice } from './dice.ts'
import { Ended, type Trouble } from './disk.ts'
import type { Ground } from './ground.ts'

/** 2026-01-05, a Monday, nine o'clock UTC. */
const NINE = Date.UTC(2026, 0, 5, 9)

/** An answer, or undefined where the daemon ended before it was heard. */
export type Heard = Record<string, unknown> | undefined

/** One run of the daemon, from its start to however it ends. */
interface Run {
  store: Store
  house: House
  /** Resolves when it ends in the middle of something. */
  ended: Promise<undefined>
  end: () => void
}

/** The machine: what its store stands on, its clocks, and the daemon that runs on it now and then. */
export class World {
  readonly ground: Ground
  private readonly dice: Dice
  private readonly config: Config
  private wall = NINE
  private monotonic = 0
  private run: Run | undefined
  /** Whether the store has said that it cannot be written. */
  isBroken = false
  /** What the store reported when it was opened. */
  readonly reports: string[] = []
  /** What came up that must not. */
  readonly faults: unknown[] = []
  private readonly hear: (line: string) => void
  private readonly history = createHash('sha256')

  constructor(dice: Dice, ground: (checkpointBytes: number) => Ground, hear: (line: string) => void) {
    this.dice = dice
    this.hear = hear
    const checkpointBytes = dice.pick([1_500, 6_000, 25_000, 100_000])
    this.ground = ground(checkpointBytes)
    this.config = { ...defaults, dataFolder: '', runtimeFolder: '', scryptN: 16, checkpointBytes }
  }

  /** The moment instructions are done at, as the daemon sees it. */
  now(): number {
    return this.theRun().store.now()
  }

  get isUp(): boolean {
    return this.run !== undefined
  }

  get store(): Store {
    return this.theRun().store
  }

  /** Both clocks go on. */
  turn(ms: number): void {
    this.wall += ms
    this.monotonic += ms
  }

  /** Somebody sets the wall clock. */
  setWall(by: number): void {
    this.wall += by
  }

  /** Lets the wall clock show at least a moment. */
  setWallPast(moment: number): void {
    this.wall = Math.max(this.wall, moment + 1)
  }

  /** Starts the daemon; false if it ended before it was up. */
  async start(): Promise<boolean> {
    let end = () => {}
    const ended = new Promise<undefined>((resolve) => {
      end = () => {
        this.leave()
        resolve(undefined)
      }
    })
    const opened = (async () => {
      const time = machineTime(
        () => this.wall,
        () => this.monotonic,
      )
      const store = await this.ground.open(time, (sentence) => this.reports.push(sentence), end)
      const house = await openHouse({
        config: this.config,
        store,
        sockets: noSockets,
        random: (size) => this.dice.bytes(size),
        onFault: (error) => this.hearFault(error),
        stop: () => {},
      })
      // A thread of its own would answer at moments of its own.
      Object.assign(house.daemon, { passwords: plainPasswords })
      return { store, house, ended, end }
    })()
    try {
      this.run = await Promise.race([opened, ended])
    } catch (error) {
      if (!isTrouble(error)) throw error
    }
    opened.catch(() => {})
    this.isBroken = false
    if (!this.run) this.ground.kill()
    this.note(this.run ? 'up' : 'down')
    return this.isUp
  }

  /** Stops the daemon as its operator does; false if it ended otherwise. */
  async stop(): Promise<boolean> {
    const { house, store, ended } = this.theRun()
    let isClosed = false
    const closing = (async () => {
      await house.close()
      await store.close()
      isClosed = true
    })()
    await Promise.race([closing, ended]).catch((error) => {
      if (!isTrouble(error)) throw error
    })
    closing.catch(() => {})
    this.kill()
    return isClosed
  }

  kill(): void {
    this.leave()
    this.ground.kill()
    this.note('killed')
  }

  cutPower(): void {
    this.leave()
    this.ground.cutPower()
    this.note('power cut')
  }

  troubles(trouble: Trouble | undefined): void {
    this.ground.troubles(trouble)
  }

  /** Says an instruction; the answer, where one comes, is checked against its declaration. */
  async say(path: Path, request: object, header: Header, connection: Connection): Promise<Heard> {
    const { run } = this
    if (!run) return undefined
    const frame = { id: 1, header, command_chain: chainOf(path, { ...request }) }
    const answering = new Promise<Record<string, unknown>>((resolve) => {
      run.house.answer(JSON.parse(JSON.stringify(frame)), connection, resolve)
    })
    const answer = await Promise.race([answering, run.ended])
    if (!answer) return undefined
    if (!isDeclared(path, answer))
      throw new Error(`${path} answered what it does not declare: ${JSON.stringify(answer)}.`)
    if (answer.code === 'store_unavailable') {
      this.breaks(run)
      return undefined
    }
    // Nonsense is told from the words alone.
    if (this.isBroken && answer.code !== 'malformed_request')
      throw new Error(`${path} was answered ${JSON.stringify(answer)} although the store is broken.`)
    this.note(`${path} ${JSON.stringify(request)} ${JSON.stringify(answer)}`)
    return answer
  }

  /** Does something else to the daemon; undefined if it ended meanwhile. */
  async does<T>(work: (run: Run) => Promise<T>): Promise<T | undefined> {
    const { run } = this
    if (!run) return undefined
    try {
      const done = work(run)
      done.catch(() => {})
      return await Promise.race([done, run.ended])
    } catch (error) {
      if (!isTrouble(error)) throw error
      if (error instanceof StoreUnavailable) this.breaks(run)
      return undefined
    }
  }

  /** Writes something into the history. */
  note(what: string): void {
    this.history.update(`${what}\n`)
    this.hear(what)
  }

  /** The SHA-256 of all that was said and heard. */
  digest(): string {
    return this.history.copy().digest('hex')
  }

  private theRun(): Run {
    if (!this.run) throw new Error('The daemon is not up.')
    return this.run
  }

  /** A store that goes on after a loss would do what comes behind it: then nobody knows the order, and the daemon ends there. */
  private breaks(run: Run): void {
    if (this.ground.staysBroken) this.isBroken = true
    else if (run === this.run) run.end()
  }

  /** Nothing of a daemon that ended goes on. */
  private leave(): void {
    void this.run?.house.close().catch(() => {})
    this.run = undefined
  }

  private hearFault(error: unknown): void {
    if (!isTrouble(error)) this.faults.push(error)
  }
}

function isDeclared(path: Path, { failed, ...answer }: Record<string, unknown>): boolean {
  const { response, refusals } = declarationOf(path)
  const known: readonly unknown[] = [...refusals, ...commonRefusals]
  return failed === true ? known.includes(answer.code) : response.safeParse(answer).success
}

/** Whether an error is one that the simulated disk brought about. */
function isTrouble(error: unknown): boolean {
  if (error instanceof Ended || error instanceof StoreUnavailable) return true
  return ['ENOSPC', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')
}

const noSockets: Sockets = {
  startListener: () => Promise.resolve(undefined),
  open: () => Promise.reject(new Error('A daemon without listeners opens no socket.')),
  close: () => Promise.reject(new Error('A daemon without listeners closes no socket.')),
  list: () => [],
}

const plainPasswords: Passwords = {
  hash: (password) => Promise.resolve({ N: 16, r: 8, p: 1, salt: 'c2FsdA==', hash: sumOf(password) }),
  verify: (password, kept) => Promise.resolve(kept?.hash === sumOf(password)),
}

const sumOf = (text: string) => createHash('sha256').update(text).digest('base64')
