import { join } from 'node:path'
import { balanceKey, type Posting } from '../memory/posting.ts'
import type { Proof } from '../store.ts'
import { storesFolder, tableOfBlock, textOfBlock } from './block-file.ts'
import { Blocks } from './blocks.ts'
import { StoreDamaged } from './cannot-open.ts'
import { type Files, readWhole } from './files.ts'
import type { Formats } from './format.ts'
import { chainStart, type Link } from './line.ts'
import { LineReader } from './line-reader.ts'
import { lineThatDiffers, type Manifest, manifestName, readManifest, sumOf } from './manifest.ts'
import { publishStaged } from './picture.ts'
import { checkAllThere, damageIn, fileOf, readSegment, segmentsOf } from './segments.ts'

/** Hears how much of the journal was read, in bytes. */
export type Progress = (done: number, of: number) => void

/** What a proof came to, and what whoever has the same in memory compares with it. */
export interface Proved {
  proof: Proof
  /** The SHA-256 of every block's text, by the name of its file; the balances among them. */
  sums: Record<string, string>
  lastIds: Record<string, number>
  /** What every ledger account holds, by its key. */
  balances: [string, number][]
}

/** How much is read between two reports of progress. */
const stepBytes = 1 << 20

/**
 * Proves a data folder from its first journal line up to a `seq`: every line follows from the one before it, every posting is added
 * up, and the picture is to the byte what the journal tells. Throws StoreDamaged at the first place that is otherwise.
 */
export function proveFolder(
  files: Files,
  folder: string,
  known: Formats,
  upTo: number,
  progress: Progress = () => {},
): Proved {
  const manifest = readManifest(files, folder, known)
  if (manifest) publishStaged(files, folder, manifest)
  const segments = segmentsOf(files, folder)
  checkAllThere(segments, manifest)
  const sums = new Sums()
  let link: Link = chainStart
  let lastNow = 0
  const isDue = () => manifest?.seq === link.seq && manifest.format === known.current
  for (const [place, segment] of segments.entries()) {
    if (link.seq >= upTo) break
    if (segment.first !== link.seq + 1) {
      throw new StoreDamaged(fileOf(segment), 1, `It begins with ${segment.first}, not with ${link.seq + 1}.`)
    }
    const { text } = readSegment(files, folder, segment, manifest)
    const checked = damageIn(segment, text, link)
    const reader = new LineReader(sums, known)
    while (reader.at < checked.end) {
      const step = Math.min(reader.at + stepBytes, checked.end)
      lastNow = reader.readTo(text, step)?.at ?? lastNow
      progress(place + reader.at / checked.end, segments.length)
    }
    link = checked.link
    if (manifest && isDue()) comparePicture(files, folder, manifest, { ...manifest, ...link, lastNow }, sums)
  }
  if (manifest && manifest.seq > link.seq) {
    throw new StoreDamaged(manifestName, 1, `It stands at line ${manifest.seq}, and the journal ends with ${link.seq}.`)
  }
  return sums.proved(link.seq)
}

/** Adds up the postings by itself, besides letting the blocks work them out. */
class Sums extends Blocks {
  private postings = 0
  private readonly totals = new Map<string, number>()

  override post(posting: Posting, at: number): void {
    const { debit, credit, amount, unit } = posting
    this.postings += 1
    for (const [ledger, moved] of [[debit, -amount] as const, [credit, amount] as const]) {
      const key = balanceKey(ledger, unit)
      this.totals.set(key, (this.totals.get(key) ?? 0) + moved)
    }
    super.post(posting, at)
  }

  proved(seq: number): Proved {
    const all: Record<string, number> = {}
    for (const [key, total] of this.totals) {
      if (this.balance(key) !== total)
        throw new Error(`${key} holds ${this.balance(key)} and its postings are ${total}.`)
      const unit = key.slice(key.indexOf(' ') + 1)
      all[unit] = (all[unit] ?? 0) + total
    }
    for (const [unit, total] of Object.entries(all)) if (total !== 0) throw new Error(`All ${unit} add up to ${total}.`)
    const counted: Record<string, number> = {}
    const sums: Record<string, string> = {}
    for (const [name, block] of this.touched()) {
      if (!block) continue
      const table = tableOfBlock(name)
      counted[table] = (counted[table] ?? 0) + block.count
      sums[name] = sumOf(textOfBlock(table, block))
    }
    const { entries = 0, wallets = 0, clocks = 0 } = counted
    const proof = { seq, entries, postings: this.postings, wallets, clocks }
    return { proof, sums, lastIds: this.lastIds, balances: [...this.totals] }
  }
}

/** Throws where a picture is not to the byte what the journal tells up to where it stands. */
function comparePicture(files: Files, folder: string, found: Manifest, expected: Manifest, blocks: Blocks): void {
  const wrong = (what: string) => new StoreDamaged(manifestName, 1, what)
  if (found.hash !== expected.hash || found.lastNow !== expected.lastNow) {
    throw wrong(`The journal does not say what it says of line ${found.seq}.`)
  }
  if (JSON.stringify(sorted(found.lastIds)) !== JSON.stringify(sorted(blocks.lastIds))) {
    throw wrong('The journal gave out other ids than it says.')
  }
  const left = new Set(Object.keys(found.files))
  for (const [name, block] of blocks.touched()) {
    if (!block) continue
    if (!left.delete(name)) throw wrong(`It does not know of stores/${name}.`)
    const bytes = readWhole(files, join(storesFolder(folder), name))
    if (!bytes) throw new StoreDamaged(`stores/${name}`, 1, 'The file is not there.')
    const text = textOfBlock(tableOfBlock(name), block)
    if (!text.equals(bytes)) {
      const line = lineThatDiffers(bytes.toString('latin1'), text.toString('latin1'))
      throw new StoreDamaged(`stores/${name}`, line, 'The journal tells otherwise.')
    }
    if (found.files[name] !== sumOf(bytes)) throw wrong(`It says another checksum of stores/${name}.`)
  }
  for (const name of left) throw new StoreDamaged(`stores/${name}`, 1, 'The journal tells of no such rows.')
}

function sorted(record: Record<string, number>): [string, number][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
