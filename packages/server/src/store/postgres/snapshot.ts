import type { PoolClient, QueryResult } from 'pg'
import { type Key, type Range, type TableName, type Tables, tableNames } from '../store.ts'
import { elementOf, rowOf } from './columns.ts'
import { type Connections, together } from './connections.ts'
import {
  kindOf,
  orderedFields,
  type Statement,
  selectBalances,
  selectById,
  selectByKey,
  selectPages,
  uniqueFields,
} from './statements.ts'

type AnyRow = { id: number }
type Rows = AnyRow[]
type Values = unknown[]

/** More than any limit or order. */
const ALL = 2 ** 62
const ENDLESS = '9223372036854775807'
const LEAST = '-9223372036854775808'

/**
 * Indexes that are read outside the transaction, where nobody minds what comes into them meanwhile; inside, SERIALIZABLE would take
 * every newcomer on the same page of the index for a conflict. Kept answers and events stay as they are once they are there, and a
 * second answer under one key or a second event under one cursor is refused by a unique index. Of clocks only which ones are due is
 * read so; the rows themselves are not.
 */
const aside: Record<string, 'rows' | 'ids'> = {
  'answers key': 'rows',
  'events account': 'rows',
  'events age': 'rows',
  'clocks waking': 'ids',
}

/** Something that was read: a row by id or by a unique index, or a balance. */
export type Read =
  | { kind: 'row'; table: TableName; id: number }
  | { kind: 'named'; table: TableName; index: string; key: Key }
  | { kind: 'balance'; key: string }

interface Asked {
  values: readonly string[]
  resolve: (rows: Rows) => void
  reject: (error: unknown) => void
}

interface Question {
  statement: Statement
  isAside: boolean
  /** Makes rows of what the database answers, one list for each that asked. */
  hear: (result: QueryResult<Values>, asked: readonly Asked[]) => Rows[]
  asked: Asked[]
}

/**
 * What one transaction of the database sees. What was read once is not read again, for it stays as it is; what is asked for in one
 * turn of the event loop is asked in one statement a kind.
 */
export class Snapshot {
  private readonly connection: PoolClient
  private readonly connections: Connections
  private readonly rows = new Map<TableName, Map<number, AnyRow | null | Promise<AnyRow | undefined>>>()
  private readonly answers = new Map<string, Rows | Promise<Rows>>()
  private readonly balances = new Map<string, number | Promise<number>>()
  /** Why it could not be read; nothing that came of it counts. */
  failure: unknown
  /** How often something was not known yet, and the database was asked. */
  asked = 0
  /** What of it may be needed by the next transaction as well. */
  readonly reads: Read[] = []
  private questions = new Map<string, Question>()
  private isWaiting = false

  constructor(connection: PoolClient, connections: Connections) {
    this.connection = connection
    this.connections = connections
    for (const name of tableNames) this.rows.set(name, new Map())
  }

  get<T extends TableName>(table: T, id: number): Tables[T] | undefined | Promise<Tables[T] | undefined> {
    const known = this.knownIn(table)
    const row = known.get(id)
    if (row !== undefined) return (row ?? undefined) as Tables[T] | undefined
    this.reads.push({ kind: 'row', table, id })
    const asking = this.ask(`${table} by id`, [String(id)], () => ({
      statement: selectById(table),
      isAside: false,
      hear: (result, asked) => {
        const found = new Map<string, AnyRow>()
        for (const values of result.rows) found.set(String(values[0]), rowOf(table, values) as AnyRow)
        return asked.map(({ values: [id = ''] }) => {
          const row = found.get(id)
          return row ? [row] : []
        })
      },
    })).then(([row]) => {
      known.set(id, row ?? null)
      return row
    })
    known.set(id, asking)
    return asking as Promise<Tables[T] | undefined>
  }

  find<T extends TableName>(table: T, index: string, key: Key): Tables[T] | undefined | Promise<Tables[T] | undefined> {
    const fields = uniqueFields(table, index)
    const values = fields.map((field, place) => elementOf(key[place], kindOf(table, field)))
    const isAside = `${table} ${index}` in aside
    const found = this.once(`${table} ${index} ${values.join()}`, () => {
      if (!isAside) this.reads.push({ kind: 'named', table, index, key })
      return this.ask(`${table} by ${index}`, values, () => ({
        statement: selectByKey(table, index),
        isAside,
        hear: (result, asked) => this.byPlace(table, result, asked),
      }))
    })
    return found instanceof Promise
      ? (found.then(([row]) => row) as Promise<Tables[T] | undefined>)
      : (found[0] as Tables[T] | undefined)
  }

  /** A page of an ordered index, no longer than the range's limit. */
  list<T extends TableName>(table: T, index: string, key: Key, range: Range): Tables[T][] | Promise<Tables[T][]> {
    const { of } = orderedFields(table, index)
    const descending = range.descending === true
    const start = descending ? ENDLESS : LEAST
    const values = [
      ...of.map((field, place) => elementOf(key[place], kindOf(table, field))),
      String(range.from ?? LEAST),
      range.to === undefined ? ENDLESS : String(range.to),
      range.after ? String(range.after.order) : start,
      range.after ? String(range.after.id) : start,
      Number.isFinite(range.limit ?? ALL) && (range.limit ?? ALL) < ALL ? String(range.limit) : 'NULL',
    ]
    const how = aside[`${table} ${index}`]
    return this.once(`${table} ${index} ${descending} ${values.join()}`, async () => {
      const found = await this.ask(`${table} of ${index} ${descending}`, values, () => ({
        statement: selectPages(table, index, descending),
        isAside: how !== undefined,
        hear: (result, asked) => this.byPlace(table, result, asked, how !== 'ids'),
      }))
      if (how !== 'ids') return found
      // Seen aside, a row may be newer than what this transaction sees, or no longer where it was found.
      const { by } = orderedFields(table, index)
      const rows = await Promise.all(found.map(({ id }) => this.get(table, id)))
      return rows.filter((row, place) => row && fieldOf(row, by) === fieldOf(found[place], by)) as Rows
    }) as Tables[T][] | Promise<Tables[T][]>
  }

  /** What a ledger account holds in a unit, as `wallet:1 credits`; undefined where nothing was ever posted. */
  balance(key: string): number | Promise<number> {
    const known = this.balances.get(key)
    if (known !== undefined) return known
    this.reads.push({ kind: 'balance', key })
    const asking = this.ask('balances', key.split(' '), () => ({
      statement: selectBalances,
      isAside: false,
      hear: (result, asked) => {
        const found = new Map(result.rows.map(([ledger, unit, amount]) => [`${ledger} ${unit}`, amount as number]))
        return asked.map(({ values }) => [{ id: found.get(values.join(' ')) ?? Number.NaN }])
      },
    })).then(([held]) => {
      const amount = held?.id ?? Number.NaN
      this.balances.set(key, amount)
      return amount
    })
    this.balances.set(key, asking)
    return asking
  }

  /** Reads at once what the transaction before read. */
  recall(reads: readonly Read[]): void {
    for (const read of reads) {
      const found =
        read.kind === 'row'
          ? this.get(read.table, read.id)
          : read.kind === 'named'
            ? this.find(read.table, read.index, read.key)
            : this.balance(read.key)
      // Whoever needs it hears that it failed.
      if (found instanceof Promise) found.catch(() => {})
    }
    this.send()
  }

  private knownIn(table: TableName) {
    return this.rows.get(table) as Map<number, AnyRow | null | Promise<AnyRow | undefined>>
  }

  private once(key: string, read: () => Promise<Rows>): Rows | Promise<Rows> {
    const known = this.answers.get(key)
    if (known) return known
    const reading = read().then((rows) => {
      this.answers.set(key, rows)
      return rows
    })
    this.answers.set(key, reading)
    return reading
  }

  /** The rows of a result that begin with the place of who asked, each the one that is known under its id already. */
  private byPlace(table: TableName, result: QueryResult<Values>, asked: readonly Asked[], isKept = true): Rows[] {
    const lists: Rows[] = asked.map(() => [])
    const known = this.knownIn(table)
    for (const values of result.rows) {
      const place = (values[0] as number) - 1
      const row = rowOf(table, values.slice(1)) as AnyRow
      if (isKept) known.set(row.id, row)
      lists[place]?.push(row)
    }
    return lists
  }

  private ask(kind: string, values: readonly string[], about: () => Omit<Question, 'asked'>): Promise<Rows> {
    this.asked += 1
    return new Promise((resolve, reject) => {
      let question = this.questions.get(kind)
      if (!question) {
        question = { ...about(), asked: [] }
        this.questions.set(kind, question)
      }
      question.asked.push({ values, resolve, reject })
      if (this.isWaiting) return
      this.isWaiting = true
      setImmediate(() => this.send())
    })
  }

  private send(): void {
    this.isWaiting = false
    const questions = this.questions
    this.questions = new Map()
    together(this.connection, () => {
      for (const question of questions.values()) void this.put(question)
    })
  }

  private async put({ statement, isAside, hear, asked }: Question): Promise<void> {
    try {
      const width = asked[0]?.values.length ?? 0
      const arrays = Array.from({ length: width }, (_, place) => `{${asked.map(({ values }) => values[place]).join()}}`)
      const query = { ...statement, values: arrays, rowMode: 'array' as const }
      const result = isAside
        ? await this.connections.with((other) => other.query<Values>(query))
        : await this.connection.query<Values>(query)
      const lists = hear(result, asked)
      for (const [place, { resolve }] of asked.entries()) resolve(lists[place] ?? [])
    } catch (error) {
      this.failure ??= error
      for (const { reject } of asked) reject(error)
    }
  }
}

function fieldOf(row: object | undefined, field: string): unknown {
  return (row as Record<string, unknown> | undefined)?.[field]
}
