import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerAccount, Unit } from '../../domain/rows.ts'
import type { Memo, Store, Table, TableName, Transaction } from '../store.ts'
import { type AnyRow, movedHere, type Said, type Side } from './side.ts'

/** The file that tells of a folder that is being moved into. */
const MARK = 'relocating'

/** Whether a data folder waits for a move into it to be ended. */
export function isBeingMovedInto(folder: string): boolean {
  return existsSync(join(folder, MARK))
}

/** A data folder as it is moved from or to. */
export class LowdbSide implements Side {
  private readonly store: Store
  private readonly folder: string
  /** What `next` would say, while rows are taken over. */
  private readonly nextIds = new Map<TableName, number>()

  constructor(store: Store, folder: string) {
    this.store = store
    this.folder = folder
  }

  next(table: TableName): Promise<number> {
    return this.store.transaction(async (tx) => {
      const { id } = await tableOf(tx, table).add({} as AnyRow)
      await tx.undo()
      return id
    })
  }

  async reached(table: TableName): Promise<number> {
    return (await this.next(table)) - 1
  }

  rows(table: TableName, after: number, upTo: number): Promise<AnyRow[]> {
    return this.store.transaction(async (tx) => {
      const rows: AnyRow[] = []
      for (let id = after + 1; id <= upTo; id += 1) {
        const row = await tableOf(tx, table).get(id)
        if (row) rows.push(row as unknown as AnyRow)
      }
      return rows
    })
  }

  said(): Promise<Map<number, Said>> {
    return Promise.resolve(new Map())
  }

  balance(key: string): Promise<number> {
    const [ledger, unit] = key.split(' ') as [LedgerAccount, Unit]
    return this.store.transaction(async (tx) => tx.balance(ledger, unit))
  }

  now(): Promise<number> {
    return Promise.resolve(this.store.now())
  }

  async add(table: TableName, rows: readonly AnyRow[], said: ReadonlyMap<number, Said>, now: number): Promise<void> {
    if (table === 'entries') return this.post(rows, said)
    let next = await this.nextOf(table)
    await this.store.transaction(
      async (tx) => {
        tx.said = movedHere
        for (const { id, ...row } of rows) {
          await skip(tx, table, next, id)
          await tableOf(tx, table).add(row as AnyRow)
          next = id + 1
        }
      },
      { at: now },
    )
    this.nextIds.set(table, next)
  }

  async end(next: ReadonlyMap<TableName, number>, now: number): Promise<void> {
    for (const [table, id] of next) {
      const from = await this.nextOf(table)
      await this.store.transaction(
        async (tx) => {
          tx.said = movedHere
          await skip(tx, table, from, id)
        },
        { at: now },
      )
    }
  }

  mark(isBegun: boolean): Promise<void> {
    if (isBegun) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(this.folder, MARK), '', { mode: 0o600 })
    } else rmSync(join(this.folder, MARK), { force: true })
    return Promise.resolve()
  }

  isMarked(): Promise<boolean> {
    return Promise.resolve(isBeingMovedInto(this.folder))
  }

  close(): Promise<void> {
    return this.store.close()
  }

  /** Entries come of their postings, each at the moment it was made. */
  private async post(rows: readonly AnyRow[], said: ReadonlyMap<number, Said>): Promise<void> {
    const posted: Promise<void>[] = []
    let next = await this.nextOf('entries')
    for (let place = 0; place < rows.length; place += 2) {
      const [debit, credit] = [rows[place], rows[place + 1]]
      if (!debit || credit?.id !== debit.id + 1) throw new Error(`Entry ${debit?.id} has no other side.`)
      const from = next
      next = credit.id + 1
      const work = async (tx: Transaction) => {
        tx.said = said.get(debit.id) ?? movedHere
        await skip(tx, 'entries', from, debit.id)
        const [giver, taker] = [debit.ledger, credit.ledger] as [LedgerAccount, LedgerAccount]
        await tx.post(giver, taker, credit.amount as number, credit.unit as Unit, memoOf(debit, credit))
      }
      posted.push(this.store.transaction(work, { at: debit.at as number }))
    }
    await Promise.all(posted)
    this.nextIds.set('entries', next)
  }

  private async nextOf(table: TableName): Promise<number> {
    return this.nextIds.get(table) ?? this.next(table)
  }
}

function tableOf(
  tx: Transaction,
  table: TableName,
): Table<TableName> & { add(row: object): Promise<AnyRow>; get(id: number): AnyRow } {
  return tx[table] as never
}

/** Uses up the ids from one to another, which is not included: they are of rows that are gone. */
async function skip(tx: Transaction, table: TableName, from: number, to: number): Promise<void> {
  for (let id = from; id < to; id += 1) {
    await tableOf(tx, table).add({} as AnyRow)
    await tx[table].remove(id)
  }
}

function memoOf(debit: AnyRow, credit: AnyRow): Memo {
  const { kind, notes } = debit as unknown as { kind: string; notes: string | null }
  const [from, to] = [sideOf(debit), sideOf(credit)]
  return { kind, notes, ...(from && { debit: from }), ...(to && { credit: to }) }
}

function sideOf({ wallet, clock, record, partner }: AnyRow): NonNullable<Memo['debit']> | undefined {
  if (typeof wallet !== 'number') return undefined
  return {
    wallet,
    ...(typeof clock === 'number' && { clock }),
    ...(typeof record === 'number' && { record }),
    ...(typeof partner === 'number' && { partner }),
  }
}
