import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import type { Time } from '../../packages/server/src/time.ts'
import type { Dice } from './dice.ts'
import { Disk, type Trouble } from './disk.ts'

/** Where the daemon keeps its data on the simulated disk. */
const FOLDER = '/home/ewallet/data'

/** What a daemon's store stands on, and what goes wrong there. */
export interface Ground {
  /** Whether a store that could not be written says so until it is opened anew. */
  readonly staysBroken: boolean
  /** How often it was used, and how often the power went. */
  readonly operations: number
  readonly powerCuts: number
  /** Opens the store; `end` is called should the daemon end in the middle of something. */
  open(time: Time, report: (sentence: string) => void, end: () => void): Promise<Store>
  /** Ends the daemon as `kill -9` does. */
  kill(): void
  cutPower(): void
  /** Resolves once nothing is left of the daemons that ended. */
  isLeft(): Promise<void>
  /** Lets something go wrong soon, or nothing any more. */
  troubles(trouble: Trouble | undefined): void
  /** Loses, while the daemon is down, what can be made again from the rest. */
  forget(): void
  /** Changes something that a proof must notice; says what, and gives what mends it. */
  spoil(dice: Dice): Promise<{ what: string; mend: () => Promise<void> }>
  /** Gives what follows the answers its time. */
  catchUp(isDone: () => boolean): Promise<void>
}

/** Files on a disk that tears, loses, fails and ends. */
export class DiskGround implements Ground {
  readonly staysBroken = true
  private readonly disk: Disk
  private readonly checkpointBytes: number

  constructor(dice: Dice, checkpointBytes: number) {
    this.disk = new Disk(dice)
    this.checkpointBytes = checkpointBytes
  }

  get operations(): number {
    return this.disk.operations
  }

  get powerCuts(): number {
    return this.disk.met.powerCut
  }

  open(time: Time, report: (sentence: string) => void, end: () => void): Promise<Store> {
    const files = this.disk.mount(end)
    return openLowdbStore({ folder: FOLDER, time, checkpointBytes: this.checkpointBytes, report, files })
  }

  kill(): void {
    this.disk.kill()
  }

  cutPower(): void {
    this.disk.cutPower()
  }

  async isLeft(): Promise<void> {}

  troubles(trouble: Trouble | undefined): void {
    this.disk.troubles(trouble)
  }

  /** Removes the whole picture; the journal is the truth. */
  forget(): void {
    const files = this.disk.mount(() => {})
    for (const name of ['manifest.json', 'stores']) files.remove(`${FOLDER}/${name}`)
    files.syncFolder(FOLDER)
    this.disk.kill()
  }

  /** Changes a single byte anywhere. */
  async spoil(dice: Dice): Promise<{ what: string; mend: () => Promise<void> }> {
    const { disk } = this
    // What was begun and never finished is not of the store yet.
    const all = disk.filesUnder(FOLDER)
    const isBegun = (file: string) => file.endsWith('.next') || all.some((other) => file === `${other}.gz`)
    const file = dice.pick(all.filter((each) => disk.sizeOf(each) > 0 && !isBegun(each)))
    const at = dice.whole(0, disk.sizeOf(file) - 1)
    const mend = disk.spoil(file, at, dice.whole(1, 255))
    return { what: `byte ${at} of ${file}`, mend: async () => mend() }
  }

  async catchUp(): Promise<void> {
    for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate)
  }
}
