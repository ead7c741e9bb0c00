import { Block, blockOf, columnsAt } from '../memory/block.ts'
import { balanceKey, entriesOf, entryColumns, type Posting, writeEntry } from '../memory/posting.ts'
import { type Columns, columnsNamed, FieldReader } from '../memory/row-text.ts'
import { TextBytes } from '../memory/text-bytes.ts'
import { blockName } from './block-file.ts'
import type { Listener } from './line-reader.ts'

/** The table under which a picture keeps what the ledger accounts hold. */
export const balancesTable = 'balances'
const balanceColumns = columnsNamed(['id', 'of', 'balance'])

/** Gives a block as it was before, if it was. */
export type LoadBlock = (table: string, number: number) => Block | undefined

/** The blocks of one table. */
interface Table {
  /** By number; null where there is no row. */
  blocks: Map<number, Block | null>
  /** Reads the ids of its rows. */
  reader: FieldReader
}

/** What a journal tells, in blocks as they lie in files: rows without any index. */
export class Blocks implements Listener {
  readonly lastIds: Record<string, number>
  private readonly load: LoadBlock
  private readonly tables = new Map<string, Table>()
  private readonly balances = new Map<string, number>()
  /** The entry at hand. */
  private readonly texts = new TextBytes()

  constructor(lastIds: Record<string, number> = {}, load: LoadBlock = () => undefined) {
    this.lastIds = { ...lastIds }
    this.load = load
  }

  post(posting: Posting, at: number): void {
    for (const entry of entriesOf(posting, at, (key) => this.balance(key))) {
      this.balances.set(balanceKey(entry.ledger, entry.unit), entry.balance)
      const id = (this.lastIds.entries ?? 0) + 1
      this.texts.clear()
      writeEntry(this.texts, id, entry)
      const { bytes, length } = this.texts
      this.blockFor('entries', id, entryColumns).putText(id, bytes, 0, length, entryColumns)
      this.given('entries', id)
    }
  }

  putBytes(table: string, bytes: Buffer, start: number, columns: Columns): number {
    const { reader } = this.table(table)
    const end = reader.fromText(bytes, start, columns, true)
    const id = reader.values[0] as number
    this.blockFor(table, id, columnsAt(bytes, start, end, columns)).putText(id, bytes, start, end, columns)
    this.given(table, id)
    return end
  }

  remove(table: string, id: number): void {
    const block = this.known(table, blockOf(id))
    block?.remove(id)
    if (block?.count === 0) this.table(table).blocks.set(block.number, null)
  }

  given(table: string, lastId: number): void {
    if (lastId > (this.lastIds[table] ?? 0)) this.lastIds[table] = lastId
  }

  /** What a ledger account holds, under its key as postings have it. */
  balance(key: string): number {
    const told = this.balances.get(key)
    if (told !== undefined) return told
    const id = balanceId(key)
    return (this.known(balancesTable, blockOf(id))?.get(id)?.balance as number | undefined) ?? 0
  }

  /** The blocks that were touched, by the names of their files; null for one that holds nothing any more. */
  *touched(): Generator<[string, Block | null]> {
    for (const [of, balance] of this.balances) {
      const id = balanceId(of)
      this.blockFor(balancesTable, id, balanceColumns).put({ id, of, balance })
    }
    this.balances.clear()
    for (const [table, { blocks }] of this.tables) {
      for (const [number, block] of blocks) yield [blockName(table, number), block]
    }
  }

  private table(name: string): Table {
    const known = this.tables.get(name)
    if (known) return known
    const table: Table = { blocks: new Map(), reader: new FieldReader(['id']) }
    this.tables.set(name, table)
    return table
  }

  private known(table: string, number: number): Block | null {
    const { blocks } = this.table(table)
    let block = blocks.get(number)
    if (block === undefined) {
      block = this.load(table, number) ?? null
      blocks.set(number, block)
    }
    return block
  }

  private blockFor(table: string, id: number, columns: Columns): Block {
    const known = this.known(table, blockOf(id))
    if (known) return known
    const block = new Block(blockOf(id), columns)
    this.table(table).blocks.set(block.number, block)
    return block
  }
}

/** The row that keeps a ledger account's balance: two a wallet, two a clock, two each of the daemon's own. */
function balanceId(key: string): number {
  const [ledger = '', unit] = key.split(' ')
  const [kind, number] = ledger.split(':')
  const place =
    kind === 'wallet' || kind === 'clock' ? Number(number) * 4 + 4 + (kind === 'clock' ? 2 : 0) : own[kind ?? '']
  if (place === undefined || !Number.isSafeInteger(place)) throw new Error(`There is no ledger account ${ledger}.`)
  return place + (unit === 'credits' ? 0 : 1)
}

const own: Readonly<Record<string, number>> = { core: 2, exchange: 4, consumed: 6 }
