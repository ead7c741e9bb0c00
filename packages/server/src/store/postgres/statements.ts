import { shapes, type TableName } from '../store.ts'
import { quoted, sqlTableOf, sqlTypes } from './columns.ts'

/** A statement that is prepared once a connection, under its name. */
export interface Statement {
  name: string
  text: string
}

const known = new Map<string, Statement>()

/** The statement of a name, worded when it is first asked for. */
function statement(name: string, text: () => string): Statement {
  let found = known.get(name)
  if (!found) {
    // Names longer than 63 letters would be cut, and two might then be one.
    found = { name: `s${known.size}`, text: text() }
    known.set(name, found)
  }
  return found
}

function columnList(table: TableName, prefix = ''): string {
  return sqlTableOf(table)
    .columns.map(({ name }) => `${prefix}${name}`)
    .join(', ')
}

function typeOf(table: TableName, field: string): string {
  const column = sqlTableOf(table).columns.find((each) => each.field === field)
  if (!column) throw new Error(`The table ${table} has no field "${field}".`)
  return sqlTypes[column.kind]
}

/** Rows by their ids: one array of ids. */
export function selectById(table: TableName): Statement {
  return statement(
    `${table} by id`,
    () => `SELECT ${columnList(table)} FROM ${sqlTableOf(table).sql} WHERE "id" = ANY ($1::bigint[])`,
  )
}

/** Rows by a unique index: an array for each of its fields. Before each row comes the place of its key, from 1. */
export function selectByKey(table: TableName, index: string): Statement {
  return statement(`${table} by ${index}`, () => {
    const fields = uniqueFields(table, index)
    const arrays = fields.map((field, place) => `$${place + 1}::${typeOf(table, field)}[]`)
    const names = fields.map((_, place) => `f${place}`)
    const equal = fields.map((field, place) => `t.${quoted(field)} = k.f${place}`)
    return `SELECT k.place, ${columnList(table, 't.')} FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS k(${names.join(', ')}, place)
      JOIN ${sqlTableOf(table).sql} t ON ${equal.join(' AND ')}`
  })
}

/**
 * Pages of an ordered index: an array for each of its fields, then arrays of from, to, the order and id to go on after, and limits.
 * Before each row comes the place of its page, from 1.
 */
export function selectPages(table: TableName, index: string, descending: boolean): Statement {
  return statement(`${table} of ${index} ${descending}`, () => {
    const { of, by } = orderedFields(table, index)
    const arrays = of.map((field, place) => `$${place + 1}::${typeOf(table, field)}[]`)
    const bounds = [0, 1, 2, 3, 4].map((place) => `$${of.length + place + 1}::bigint[]`)
    const names = of.map((_, place) => `f${place}`)
    const order = quoted(by)
    const equal = of.map((field, place) => `t.${quoted(field)} = k.f${place}`)
    const beyond = descending ? '<' : '>'
    const way = descending ? 'DESC' : 'ASC'
    // A null is in no index, and saying so lets the partial ones be used.
    const where = [
      ...equal,
      `t.${order} IS NOT NULL`,
      `t.${order} >= k.low`,
      `t.${order} < k.high`,
      `(t.${order}, t."id") ${beyond} (k.after_order, k.after_id)`,
    ]
    return `SELECT k.place, ${columnList(table, 'r.')}
      FROM unnest(${[...arrays, ...bounds].join(', ')}) WITH ORDINALITY AS k(${[...names, 'low', 'high', 'after_order', 'after_id', 'wanted'].join(', ')}, place),
      LATERAL (SELECT ${columnList(table, 't.')} FROM ${sqlTableOf(table).sql} t WHERE ${where.join(' AND ')}
        ORDER BY t.${order} ${way}, t."id" ${way} LIMIT k.wanted) r
      ORDER BY k.place, r.${order} ${way}, r."id" ${way}`
  })
}

/** What ledger accounts hold: arrays of ledger accounts and units. */
export const selectBalances: Statement = {
  name: 'balances',
  text: `SELECT b."ledger", b."unit", b."amount" FROM unnest($1::text[], $2::text[]) AS k(ledger, unit)
    JOIN "balances" b ON b."ledger" = k.ledger AND b."unit" = k.unit`,
}

/** Adds rows: an array for each column. */
export function insertRows(table: TableName): Statement {
  return statement(
    `${table} insert`,
    () => `INSERT INTO ${sqlTableOf(table).sql} (${columnList(table)}) SELECT * FROM ${unnested(table)}`,
  )
}

/** Replaces rows: an array for each column, that of the ids first. */
export function updateRows(table: TableName): Statement {
  return statement(`${table} update`, () => {
    const { sql, columns } = sqlTableOf(table)
    const sets = columns.slice(1).map(({ name }) => `${name} = v.${name}`)
    return `UPDATE ${sql} t SET ${sets.join(', ')} FROM ${unnested(table)} AS v(${columnList(table)}) WHERE t."id" = v."id"`
  })
}

/** Removes rows: one array of ids. */
export function deleteRows(table: TableName): Statement {
  return statement(`${table} delete`, () => `DELETE FROM ${sqlTableOf(table).sql} WHERE "id" = ANY ($1::bigint[])`)
}

function unnested(table: TableName): string {
  const arrays = sqlTableOf(table).columns.map(({ kind }, place) => `$${place + 1}::${sqlTypes[kind]}[]`)
  return `unnest(${arrays.join(', ')})`
}

/** The fields of a unique index. */
export function uniqueFields(table: TableName, index: string): readonly string[] {
  const unique: Record<string, readonly string[]> = shapes[table].unique
  const fields = unique[index]
  if (!fields) throw new Error(`The table ${table} has no unique index "${index}".`)
  return fields
}

/** The fields of an ordered index. */
export function orderedFields(table: TableName, index: string): { of: readonly string[]; by: string } {
  const ordered: Record<string, { of: readonly string[]; by: string }> = shapes[table].ordered
  const fields = ordered[index]
  if (!fields) throw new Error(`The table ${table} has no ordered index "${index}".`)
  return fields
}

/** The kind of a field's column. */
export function kindOf(table: TableName, field: string): 'whole' | 'text' | 'json' {
  return sqlTableOf(table).columns.find((each) => each.field === field)?.kind ?? 'text'
}
