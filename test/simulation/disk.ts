import { basename, dirname } from 'node:path'
import type { Files, OpenFile } from '../../packages/server/src/store/lowdb/files.ts'
import type { Dice } from './dice.ts'
import { File } from './disk-file.ts'

/** What a program meets when it, or the whole machine, ends in the middle of something. */
export class Ended extends Error {
  override name = 'Ended'
}

/**
 * What goes wrong: the program ends, the disk is full (ENOSPC), it is broken (EIO), or it takes fewer bytes than asked; at which
 * operation from now, and for how many; where asked, only at one that puts something on disk.
 */
export interface Trouble {
  kind: 'end' | 'full' | 'broken' | 'short'
  after: number
  lasts: number
  atSync?: boolean
}

type Node = File | Folder

/** Names that appear, vanish or change together: a rename is never half done. */
type Naming = readonly { folder: Folder; name: string; node: Node | undefined }[]

class Folder {
  seen = new Map<string, Node>()
  readonly kept = new Map<string, Node>()
}

/** Runs once an operation has had its effect. */
type Done = () => void

type Kind = 'read' | 'name' | 'write' | 'sync'

/** Which kinds of operation a trouble can come up in. */
const troubled: Record<Trouble['kind'], readonly Kind[]> = {
  end: ['read', 'name', 'write', 'sync'],
  full: ['name', 'write', 'sync'],
  broken: ['read', 'name', 'write', 'sync'],
  short: ['write'],
}

/** A disk in memory that can be torn, filled, broken and stopped, and knows what an fsync has promised. */
export class Disk {
  private readonly root = new Folder()
  private namings: Naming[] = []
  private readonly dice: Dice
  private run = 0
  private trouble: Trouble | undefined
  private ended: () => void = () => {}
  /** How many operations there were. */
  operations = 0
  /** How often each trouble came up. */
  readonly met = { end: 0, full: 0, broken: 0, short: 0, powerCut: 0 }

  constructor(dice: Dice) {
    this.dice = dice
  }

  /** The file system as the next run of a program sees it; `ended` is called should it end in the middle of an operation. */
  mount(ended: () => void): Files {
    this.ended = ended
    this.run += 1
    const run = this.run
    return {
      list: (folder) => {
        const done = this.enter(run, 'read')
        const node = this.find(folder)
        done()
        return node instanceof Folder ? [...node.seen.keys()].sort() : []
      },
      read: (path) => {
        const done = this.enter(run, 'read')
        const file = this.find(path)
        if (file instanceof Folder) throw fault('EISDIR', path)
        done()
        return file?.seen.copy()
      },
      open: (path) => {
        const done = this.enter(run, 'name')
        const folder = this.folderOf(path)
        const name = basename(path)
        const file = folder.seen.get(name) ?? new File()
        if (file instanceof Folder) throw fault('EISDIR', path)
        if (!folder.seen.has(name)) this.name([{ folder, name, node: file }])
        done()
        return this.opened(file, run)
      },
      rename: (from, to) => {
        const done = this.enter(run, 'name')
        const folder = this.folderOf(from)
        const node = folder.seen.get(basename(from))
        if (!node) throw fault('ENOENT', from)
        this.name([
          { folder, name: basename(from), node: undefined },
          { folder: this.folderOf(to), name: basename(to), node },
        ])
        done()
      },
      remove: (path) => {
        const done = this.enter(run, 'name')
        const folder = this.find(dirname(path))
        const name = basename(path)
        if (folder instanceof Folder && folder.seen.has(name)) this.name([{ folder, name, node: undefined }])
        done()
      },
      makeFolder: (path) => {
        const done = this.enter(run, 'name')
        let folder = this.root
        for (const name of partsOf(path)) {
          const next = folder.seen.get(name) ?? new Folder()
          if (next instanceof File) throw fault('ENOTDIR', path)
          if (!folder.seen.has(name)) this.name([{ folder, name, node: next }])
          folder = next
        }
        done()
      },
      syncFolder: (path) => {
        const done = this.enter(run, 'sync')
        const folder = this.find(path)
        if (!(folder instanceof Folder)) throw fault('ENOENT', path)
        this.keepNames(folder)
        done()
      },
    }
  }

  /** Lets something go wrong soon, or nothing any more. */
  troubles(trouble: Trouble | undefined): void {
    this.trouble = trouble
  }

  /** Ends the program as `kill -9` does: what it had written stays, and may still be lost by a power cut. */
  kill(): void {
    this.run += 1
    this.trouble = undefined
  }

  /** Ends the machine: of what no fsync has covered, something arbitrary is left. */
  cutPower(): void {
    this.kill()
    this.met.powerCut += 1
    // Some file systems keep the order of names, some do not.
    const upTo = this.dice.chance(0.5) ? this.dice.whole(0, this.namings.length) : undefined
    this.namings.forEach((naming, place) => {
      if (upTo === undefined ? this.dice.chance(0.5) : place < upTo) keep(naming)
    })
    this.namings = []
    this.restart(this.root)
  }

  /** The files under a folder, as programs see them. */
  filesUnder(folder: string): string[] {
    const node = this.find(folder)
    if (!(node instanceof Folder)) return []
    return [...node.seen].flatMap(([name, under]) =>
      under instanceof Folder ? this.filesUnder(`${folder}/${name}`) : [`${folder}/${name}`],
    )
  }

  /** Changes one byte behind everybody's back; gives back what undoes it. */
  spoil(path: string, at: number, by: number): () => void {
    const file = this.find(path)
    if (!(file instanceof File)) throw fault('ENOENT', path)
    const flip = () => {
      for (const bytes of [file.seen, file.kept]) {
        const [byte] = bytes.copy(at, at + 1)
        if (byte !== undefined) bytes.write(at, Uint8Array.of(byte ^ by))
      }
    }
    flip()
    return flip
  }

  sizeOf(path: string): number {
    const file = this.find(path)
    return file instanceof File ? file.seen.size : 0
  }

  private opened(file: File, run: number): OpenFile {
    return {
      write: (bytes, position) => {
        const isShort = this.isDue('short', 'write')
        const done = this.enter(run, 'write')
        const fits = isShort ? this.dice.whole(1, bytes.byteLength) : bytes.byteLength
        file.change({ at: position, bytes: bytes.slice(0, fits) })
        done()
        return fits
      },
      truncate: (size) => {
        const done = this.enter(run, 'write')
        if (size !== file.seen.size) file.change({ size })
        done()
      },
      sync: async () => {
        const done = this.enter(run, 'sync', file)
        const covered = file.pending.length
        for (let turns = this.dice.whole(1, 3); turns > 0; turns -= 1) {
          await new Promise(setImmediate)
          // Who ended waits for ever.
          if (run !== this.run) await new Promise(() => {})
        }
        file.keep(covered)
        done()
      },
      syncNow: () => {
        const done = this.enter(run, 'sync', file)
        file.keep(file.pending.length)
        done()
      },
      close: () => {
        if (run !== this.run) throw new Ended('The program has ended.')
      },
    }
  }

  private isDue(kind: Trouble['kind'], operation: Kind): boolean {
    const { trouble } = this
    if (trouble?.kind !== kind || trouble.after > 0 || (trouble.atSync && operation !== 'sync')) return false
    return troubled[kind].includes(operation)
  }

  /** Counts an operation, and lets what is due go wrong before it, or after it once `done` is called. */
  private enter(run: number, operation: Kind, file?: File): Done {
    if (run !== this.run) throw new Ended('The program has ended.')
    this.operations += 1
    const { trouble } = this
    if (!trouble) return () => {}
    if (!this.isDue(trouble.kind, operation)) {
      trouble.after -= 1
      return () => {}
    }
    this.met[trouble.kind] += 1
    trouble.lasts -= 1
    if (trouble.lasts <= 0) this.trouble = undefined
    if (trouble.kind === 'short') return () => {}
    if (trouble.kind === 'end') {
      const end = () => {
        this.kill()
        this.ended()
        throw new Ended('The program ended here.')
      }
      return this.dice.chance(0.5) ? end() : end
    }
    // After a failed fsync nobody tries again: what was not written stays in memory only, and looks clean.
    if (file) file.lose(this.dice)
    throw fault(trouble.kind === 'full' ? 'ENOSPC' : 'EIO', operation)
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.root
    for (const name of partsOf(path)) node = node instanceof Folder ? node.seen.get(name) : undefined
    return node
  }

  private folderOf(path: string): Folder {
    const folder = this.find(dirname(path))
    if (!(folder instanceof Folder)) throw fault('ENOENT', path)
    return folder
  }

  private name(naming: Naming): void {
    for (const { folder, name, node } of naming) put(folder.seen, name, node)
    this.namings.push(naming)
  }

  /** Puts a folder's names on disk, and what they follow from. */
  private keepNames(folder: Folder): void {
    const wanted = new Set([folder])
    const kept = new Set<Naming>()
    for (const naming of [...this.namings].reverse()) {
      if (!naming.some((edit) => wanted.has(edit.folder))) continue
      kept.add(naming)
      for (const edit of naming) wanted.add(edit.folder)
    }
    for (const naming of this.namings) if (kept.has(naming)) keep(naming)
    this.namings = this.namings.filter((naming) => !kept.has(naming))
  }

  private restart(folder: Folder): void {
    folder.seen = new Map(folder.kept)
    for (const node of folder.kept.values()) {
      if (node instanceof Folder) this.restart(node)
      else node.cut(this.dice)
    }
  }
}

function keep(naming: Naming): void {
  for (const { folder, name, node } of naming) put(folder.kept, name, node)
}

function put(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) names.set(name, node)
  else names.delete(name)
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function fault(code: string, where: string): Error {
  return Object.assign(new Error(`${code}: ${where}`), { code })
}
