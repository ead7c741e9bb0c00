import { dirname, isAbsolute } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type Refusal, refuse } from '@ewallet/protocol'
import type { Time } from '../../time.ts'
import { MemoryStore } from '../memory/memory-store.ts'
import type { Overlay } from '../memory/overlay.ts'
import { type Change, State, type StateView } from '../memory/state.ts'
import type { Disk, Proof, Store } from '../store.ts'
import { copyFormat, formatOf } from './backup.ts'
import { blockName, storesFolder, textOfBlock } from './block-file.ts'
import { StoreDamaged } from './cannot-open.ts'
import { emptyManifest } from './checkpoint.ts'
import { type Files, machineFiles } from './files.ts'
import { type Formats, formats } from './format.ts'
import { JobThread } from './job-thread.ts'
import { inPlace, type Jobs } from './jobs.ts'
import { Journal } from './journal.ts'
import { type Manifest, readManifest, sumOf } from './manifest.ts'
import { loadPicture, publishStaged } from './picture.ts'
import { type Progress, type Proved, proveFolder } from './proof.ts'
import { recover } from './recovery.ts'
import { finishRestoring } from './restore.ts'
import { journalFolder } from './segments.ts'

/** Where a store lies on disk, and what it is given. */
export interface LowdbOptions {
  /** The data folder; made where there is none. */
  folder: string
  time: Time
  /** A checkpoint is drawn when this much was journalled since the last. */
  checkpointBytes: number
  /** Hears, in a sentence, what an operator should know: a torn tail, a picture that could not be drawn. */
  report: (sentence: string) => void
  /** Hears how many transactions reached the disk together, and how long its fsync took, in ms. */
  onSynced?: (lines: number, ms: number) => void
  /** The file system, where it is not the machine's. */
  files?: Files
  /** What draws pictures, proves and copies: where not said, a thread on the machine's files, and `inPlace` on others. */
  jobs?: Jobs
  /** The formats that are known, where they are not this program's. */
  formats?: Formats
}

/** A segment is read whole, and node reads no file of 2 GiB. */
const segmentBytesMax = 1 << 30

/** Opens the store in a folder. Throws CannotOpen where it is damaged, or of a newer format. */
export async function openLowdbStore(options: LowdbOptions): Promise<Store> {
  const { files = machineFiles, formats: known = formats } = options
  const jobs = options.jobs ?? (files === machineFiles ? new JobThread() : inPlace(files, known))
  try {
    return await openFolder(options, files, known, jobs)
  } catch (error) {
    await jobs.close()
    throw error
  }
}

async function openFolder(options: LowdbOptions, files: Files, known: Formats, jobs: Jobs): Promise<Store> {
  const { folder, time, checkpointBytes, report, onSynced } = options
  finishRestoring(files, folder)
  makeFolders(files, folder)
  const found = readManifest(files, folder, known)
  const format = formatOf(files, folder, known, found)
  const isOlder = format < known.current
  if (isOlder) {
    const kept = copyFormat(files, folder, format)
    report(`Format ${format} becomes ${known.current}; the folder as it was is kept in ${kept}.`)
  }
  const state = new State()
  const manifest = !found || isOlder ? emptyManifest(known.current) : found
  if (manifest === found) await load(files, folder, known, manifest, state, jobs)
  const recovered = await recover(files, folder, state, manifest, known, (...given) => jobs.follow(...given))
  if (recovered.torn) {
    const { file, line, bytes, seq } = recovered.torn
    report(`${file}, line ${line}: cut off ${bytes} bytes of a write that did not end; all up to ${seq} stays.`)
  }

  const drawing = new Drawing(() => jobs.draw(folder), report)
  const journal = new Journal({
    files,
    folder,
    format: known.current,
    link: recovered.link,
    // A segment has one format.
    open: isOlder ? undefined : recovered.open && { name: recovered.open.segment.name, size: recovered.open.size },
    sealBytes: Math.min(checkpointBytes, segmentBytesMax),
    onSealed: () => drawing.ask(),
    onSynced,
  })
  if (recovered.isBehind || isOlder) drawing.ask()
  const disk = new FolderDisk(folder, files, jobs, journal, state)
  const close = async () => {
    try {
      await journal.seal()
    } finally {
      await journal.close()
      await drawing.done()
      await jobs.close()
    }
  }
  const keeper = {
    keep: (overlay: Overlay, change: Change) => journal.append(overlay, change),
    settled: () => journal.settled(),
    close,
  }
  return Object.assign(new MemoryStore(time, keeper, state, recovered.lastNow), { disk })
}

/** Draws pictures one after the other; what is asked for meanwhile is one more. */
class Drawing {
  private readonly draw: () => Promise<unknown>
  private readonly report: (sentence: string) => void
  private running: Promise<void> | undefined
  private isAsked = false

  constructor(draw: () => Promise<unknown>, report: (sentence: string) => void) {
    this.draw = draw
    this.report = report
  }

  ask(): void {
    this.isAsked = true
    this.running ??= this.run()
  }

  /** Resolves once nothing is to be drawn. */
  async done(): Promise<void> {
    await this.running
  }

  private async run(): Promise<void> {
    while (this.isAsked) {
      this.isAsked = false
      try {
        await this.draw()
      } catch (error) {
        this.report(`No picture was drawn; nothing is lost, the journal has it all. ${(error as Error).message}`)
      }
    }
    this.running = undefined
  }
}

/** What an operator asks of a folder that is in use. */
class FolderDisk implements Disk {
  private readonly folder: string
  private readonly files: Files
  private readonly jobs: Jobs
  private readonly journal: Journal
  private readonly state: State

  constructor(folder: string, files: Files, jobs: Jobs, journal: Journal, state: State) {
    this.folder = folder
    this.files = files
    this.jobs = jobs
    this.journal = journal
    this.state = state
  }

  async verify(progress: Progress): Promise<Proof | Refusal<'store_damaged'>> {
    // What is in memory now is what the journal says once all that was taken is sealed.
    const view = this.state.view()
    const { seq } = await this.journal.seal()
    try {
      const proved = await this.jobs.prove(this.folder, seq, progress)
      await compare(view, proved)
      return proved.proof
    } catch (error) {
      return damageOf(error)
    }
  }

  async backup(
    path: string,
    progress: Progress,
  ): Promise<{ path: string; seq: number } | Refusal<'path_unavailable' | 'store_damaged'>> {
    if (!isAbsolute(path)) return refuse('path_unavailable', { path, reason: 'It does not begin at the root.' })
    await this.journal.seal()
    try {
      if (this.files.list(path).length > 0) return refuse('path_unavailable', { path, reason: 'It is not empty.' })
      const { proof } = await this.jobs.copy(this.folder, path, progress)
      return { path, seq: proof.seq }
    } catch (error) {
      if (error instanceof Error && 'code' in error) return refuse('path_unavailable', { path, reason: error.message })
      return damageOf(error)
    }
  }
}

/** The refusal that tells of damage; what is none is thrown on. */
function damageOf(error: unknown): Refusal<'store_damaged'> {
  if (!(error instanceof StoreDamaged)) throw error
  return refuse('store_damaged', { file: error.file, line: error.line, reason: error.what })
}

/** Throws where memory is not what was proved; goes through it a block at a time, so that nobody waits for long. */
async function compare({ tables, lastIds, balances }: StateView, proved: Proved): Promise<void> {
  const wrong = (what: string) => new StoreDamaged('memory', 1, what)
  const left = new Set(Object.keys(proved.sums).filter((name) => !name.startsWith('balances.')))
  for (const [table, blocks] of tables) {
    if (lastIds[table] !== (proved.lastIds[table] ?? 0)) throw wrong(`The last id of ${table} is another.`)
    for (const block of blocks) {
      if (block.count === 0) continue
      const name = blockName(table, block.number)
      left.delete(name)
      if (sumOf(textOfBlock(table, block)) !== proved.sums[name]) throw wrong(`The rows of stores/${name} are others.`)
      await turn()
    }
  }
  for (const name of left) throw wrong(`The rows of stores/${name} are not there.`)
  const expected = new Map(proved.balances)
  for (const [key, balance] of balances) if (balance !== (expected.get(key) ?? 0)) throw wrong(`${key} is ${balance}.`)
  for (const [key, balance] of expected)
    if (balance !== (balances.get(key) ?? 0)) throw wrong(`${key} is not ${balance}.`)
}

/** Fills a state with the picture; where that is damaged, the journal tells in which line. */
async function load(
  files: Files,
  folder: string,
  known: Formats,
  manifest: Manifest,
  state: State,
  jobs: Jobs,
): Promise<void> {
  publishStaged(files, folder, manifest)
  try {
    await loadPicture(folder, manifest, state, (...given) => jobs.read(...given))
  } catch (error) {
    if (error instanceof StoreDamaged) proveFolder(files, folder, known, manifest.seq)
    throw error
  }
}

/** Makes a data folder, and sees to it that its name, and the names of those above it, are on disk before anything is in it. */
function makeFolders(files: Files, folder: string): void {
  const isNew = files.list(journalFolder(folder)).length === 0
  for (const each of [folder, journalFolder(folder), storesFolder(folder)]) files.makeFolder(each)
  if (!isNew) return
  files.syncFolder(folder)
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    try {
      files.syncFolder(dirname(at))
    } catch (error) {
      // A folder that may not be opened is not one that was made here.
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}
