import { type Key, type Range, shapes, type TableName, type Tables } from '../store.ts'
import { Block, blockIds, blockOf, columnsAt } from './block.ts'
import { OrderedIndex } from './ordered-index.ts'
import { type AnyRow, type Columns, columnsNamed, FieldReader, type FieldValue, writeRow } from './row-text.ts'
import type { TextBytes } from './text-bytes.ts'
import { hashOfValues, UniqueIndex } from './unique-index.ts'

/** How many rows are kept ready, at least, besides their texts. */
const readyRows = 4096

interface Unique {
  name: string
  index: UniqueIndex
  /** Places of its fields among those read. */
  of: number[]
}

interface Ordered {
  name: string
  index: OrderedIndex
  of: number[]
  by: number
}

/** A row, and where its text stands among bytes. */
export interface Written {
  row: AnyRow
  start: number
  end: number
}

/** The rows of one table: their texts in blocks, and the declared indexes over them. */
export class TableState<T extends TableName = TableName> {
  readonly name: T
  /** The last id given out. */
  lastId = 0
  /** The names of the fields in the order in which rows are written. */
  columns: Columns = columnsNamed([])
  private readonly blocks: (Block | undefined)[] = []
  private readonly uniques: Unique[] = []
  private readonly ordereds: Ordered[] = []
  /** The fields of the row at hand, and of another it is compared with. */
  private readonly fields: FieldReader
  private readonly others: FieldReader
  /** Rows made of their texts lately, and before that. */
  private ready = new Map<number, AnyRow>()
  private readyBefore = new Map<number, AnyRow>()

  constructor(name: T) {
    this.name = name
    const unique: Record<string, readonly string[]> = shapes[name].unique
    const ordered: Record<string, { of: readonly string[]; by: string }> = shapes[name].ordered
    const wanted = ['id']
    const placeOf = (field: string) => {
      if (!wanted.includes(field)) wanted.push(field)
      return wanted.indexOf(field)
    }
    for (const [index, fields] of Object.entries(unique)) {
      this.uniques.push({ name: index, index: new UniqueIndex(), of: fields.map(placeOf) })
    }
    for (const [name, { of, by }] of Object.entries(ordered)) {
      const order = placeOf(by)
      const index = new OrderedIndex((id) => this.othersOf(id)[order] as number)
      this.ordereds.push({ name, index, of: of.map(placeOf), by: order })
    }
    this.fields = new FieldReader(wanted)
    this.others = new FieldReader(wanted)
  }

  has(id: number): boolean {
    return this.blocks[blockOf(id)]?.has(id) ?? false
  }

  get(id: number): Tables[T] | undefined {
    const ready = this.ready.get(id)
    if (ready) return ready as unknown as Tables[T]
    const row = this.readyBefore.get(id) ?? this.blocks[blockOf(id)]?.get(id)
    if (row) this.keepReady(row)
    return row as unknown as Tables[T] | undefined
  }

  /** The row that a unique index names. */
  find(index: string, key: Key): Tables[T] | undefined {
    const { index: ids, of } = named(this.uniques, index, this.name)
    const hash = hashOfValues(key, plainPlaces[key.length] ?? [])
    const id = ids.find(hash, (candidate) => {
      const values = this.othersOf(candidate)
      return of.every((place, part) => values[place] === key[part])
    })
    return id === 0 ? undefined : this.get(id)
  }

  /** Walks an ordered index in the direction of a range from where that begins, until `visit` says false. */
  walk(index: string, key: Key, range: Range, visit: (order: number, id: number) => boolean): void {
    named(this.ordereds, index, this.name).index.walk(groupKey(key, plainPlaces[key.length] ?? []) ?? '', range, visit)
  }

  /** Writes rows as they stand here and in the journal, with commas between them, all under the table's columns as they are then. */
  write(rows: readonly AnyRow[], to: TextBytes): Written[] {
    const start = to.length
    const { columns } = this
    const written = rows.map((row) => this.writeOne(row, to))
    if (this.columns === columns) return written
    // A row with other fields has changed the columns, under which those before it are written now.
    to.length = start
    return rows.map((row) => this.writeOne(row, to, false))
  }

  private writeOne(row: AnyRow, to: TextBytes, mayChange = true): Written {
    const start = to.length
    if (!writeRow(to, row, this.columns) && mayChange) {
      const names = Object.keys(row)
      if (names[0] === 'id') {
        this.columns = columnsNamed(names)
        to.length = start
        writeRow(to, row, this.columns)
      }
    }
    const end = to.length
    to.ascii(',')
    return { row, start, end }
  }

  /** Adds or replaces a row that was written. */
  put({ row, start, end }: Written, bytes: Buffer): void {
    const { id } = row
    const block = this.blockFor(id, this.columns)
    const before = this.fieldsBefore(block, id)
    block.putText(id, bytes, start, end, this.columns)
    this.fields.fromRow(row)
    this.reindex(id, before)
    // Of rows that are added most are only there to be read some day; one that is replaced will be again.
    if (before) this.keepReady(row)
  }

  /** Adds or replaces a row whose text stands among other bytes; says where it ends. */
  putBytes(bytes: Buffer, start: number, columns: Columns): number {
    const end = this.fields.fromText(bytes, start, columns, true)
    const id = this.fields.values[0] as number
    const block = this.blockFor(id, columnsAt(bytes, start, end, columns))
    const before = this.fieldsBefore(block, id)
    block.putText(id, bytes, start, end, columns)
    this.reindex(id, before)
    if (before) this.forget(id)
    return end
  }

  remove(id: number): void {
    const found = this.blocks[blockOf(id)]
    if (!found?.has(id)) return
    const block = this.changeable(found)
    const before = [...this.othersOf(id)]
    block.remove(id)
    this.unindex(id, before)
    this.forget(id)
    if (block.count === 0) delete this.blocks[block.number]
  }

  /** Takes over a block of rows that are not there yet. */
  load(block: Block): void {
    this.blocks[block.number] = block
    const first = block.number * blockIds
    for (let id = first; id < first + blockIds; id += 1) {
      const start = block.startOf(id)
      if (start < 0) continue
      this.fields.fromText(block.content, start, block.columns)
      if (this.fields.values[0] !== id) throw new Error(`A row says it is ${this.fields.values[0]}, not ${id}.`)
      this.reindex(id, undefined)
    }
    this.columns = block.columns
  }

  /** The blocks as they are now, which stay so whatever changes. */
  view(): Block[] {
    const blocks = this.blocks.filter((block) => block !== undefined)
    for (const block of blocks) block.isSeen = true
    return blocks
  }

  private keepReady(row: AnyRow): void {
    if (this.ready.size >= readyRows) {
      this.readyBefore = this.ready
      this.ready = new Map()
    }
    // Rows are values: who changed one in place would change what was never written down.
    this.ready.set(row.id, Object.freeze(row))
  }

  private readyRow(id: number): AnyRow | undefined {
    return this.ready.get(id) ?? this.readyBefore.get(id)
  }

  private forget(id: number): void {
    this.ready.delete(id)
    this.readyBefore.delete(id)
  }

  private blockFor(id: number, columns: Columns): Block {
    const number = blockOf(id)
    const known = this.blocks[number]
    if (known) return this.changeable(known)
    const last = this.blocks[number - 1]
    last?.trim()
    // A block is mostly as long as the one before it.
    const block = last
      ? new Block(number, columns, Buffer.allocUnsafeSlow(last.size + (last.size >>> 5)))
      : new Block(number, columns)
    this.blocks[number] = block
    return block
  }

  private changeable(block: Block): Block {
    if (!block.isSeen) return block
    const copy = block.copy()
    this.blocks[block.number] = copy
    return copy
  }

  private fieldsBefore(block: Block, id: number): FieldValue[] | undefined {
    return block.has(id) ? [...this.othersOf(id)] : undefined
  }

  private othersOf(id: number): readonly FieldValue[] {
    const row = this.readyRow(id)
    if (row) {
      this.others.fromRow(row)
      return this.others.values
    }
    const block = this.blocks[blockOf(id)] as Block
    this.others.fromText(block.content, block.startOf(id), block.columns)
    return this.others.values
  }

  /** Lets the indexes know the row whose fields are at hand, in the place of what it was before. */
  private reindex(id: number, before: readonly FieldValue[] | undefined): void {
    const now = this.fields.values
    if (id > this.lastId) this.lastId = id
    for (const { index, of } of this.uniques) {
      if (before) {
        if (areSame(before, now, of)) continue
        if (holds(before, of)) index.remove(hashOfValues(before, of), id)
      }
      if (holds(now, of)) index.add(hashOfValues(now, of), id)
    }
    for (const { index, of, by } of this.ordereds) {
      if (before) {
        if (before[by] === now[by] && areSame(before, now, of)) continue
        leave(index, before, of, by, id)
      }
      const key = now[by] === null ? undefined : groupKey(now, of)
      if (key !== undefined) index.add(key, now[by] as number, id)
    }
  }

  private unindex(id: number, before: readonly FieldValue[]): void {
    for (const { index, of } of this.uniques) {
      if (holds(before, of)) index.remove(hashOfValues(before, of), id)
    }
    for (const { index, of, by } of this.ordereds) leave(index, before, of, by, id)
  }
}

/** By length of a key, the places of its parts. */
const plainPlaces = [[], [0], [0, 1], [0, 1, 2]]

function named<I extends { name: string }>(indexes: readonly I[], name: string, table: string): I {
  const index = indexes.find((each) => each.name === name)
  if (!index) throw new Error(`The table ${table} has no such index "${name}".`)
  return index
}

/** A row with a null among an index's fields is not in it. */
function holds(values: readonly FieldValue[], of: readonly number[]): boolean {
  for (const place of of) if (values[place] === null) return false
  return true
}

function areSame(one: readonly FieldValue[], other: readonly FieldValue[], of: readonly number[]): boolean {
  for (const place of of) if (one[place] !== other[place]) return false
  return true
}

function leave(
  index: OrderedIndex,
  before: readonly FieldValue[],
  of: readonly number[],
  by: number,
  id: number,
): void {
  const key = before[by] === null ? undefined : groupKey(before, of)
  if (key !== undefined) index.remove(key, before[by] as number, id)
}

/** The group that values put a row into; undefined where there is a null among them. */
function groupKey(values: readonly FieldValue[], of: readonly number[]): string | number | undefined {
  if (of.length === 1) return values[of[0] as number] ?? undefined
  let text = ''
  for (const place of of) {
    const value = values[place]
    if (value === null) return undefined
    text += `${value}\u0000`
  }
  return text
}
