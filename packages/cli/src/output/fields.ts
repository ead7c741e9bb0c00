import { declarationOf, type Path } from '@ewallet/protocol'
import { type Failure, misuse } from '../failure.ts'
import { nearest } from '../spelling.ts'
import type { Row } from '../views/view.ts'
import { listingOf } from '../views/views.ts'

/** One field of an answer and where it stands; it goes by its own name where that is unique, else by its whole one. */
export interface Leaf {
  name: string
  at: readonly string[]
}

interface Shaped {
  shape: Readonly<Record<string, object>>
}

/** The fields of an answer that is no list, those of the objects in it included. */
export function leavesOf(path: Path): Leaf[] {
  const places = placesIn(declarationOf(path).response as Shaped)
  const names = places.map((at) => at.at(-1) ?? '')
  return places.map((at, index) => {
    const name = names[index] ?? ''
    const unique = at.length === 1 || names.indexOf(name) === names.lastIndexOf(name)
    return { name: unique ? name : at.join('.'), at }
  })
}

function placesIn({ shape }: Shaped, above: readonly string[] = []): string[][] {
  return Object.entries(shape).flatMap(([key, field]) =>
    'shape' in field ? placesIn(field as Shaped, [...above, key]) : [[...above, key]],
  )
}

/** The value of a field in an answer. */
export function valueAt(answer: Row, at: readonly string[]): unknown {
  let value: unknown = answer
  for (const key of at) value = typeof value === 'object' && value !== null ? (value as Row)[key] : undefined
  return value
}

/** The fields asked for with --fields, in their order; all of them where none were. */
export function chosenLeaves(path: Path, fields: readonly string[] | undefined): Leaf[] {
  const leaves = leavesOf(path)
  if (!fields) return leaves
  const groups = [...new Set(leaves.filter(({ at }) => at.length > 1).map(({ at }) => at[0] ?? ''))]
  return fields.map((field) => {
    const leaf = leaves.find(({ name, at }) => name === field || at.join('.') === field)
    if (leaf) return { name: field, at: leaf.at }
    if (groups.includes(field)) return { name: field, at: [field] }
    throw unknownField(field, [...leaves.map(({ name }) => name), ...groups])
  })
}

/** Picks columns by their keys, in the order asked for. */
export function chosenColumns<Named extends { key: string }>(
  columns: readonly Named[],
  fields: readonly string[],
): Named[] {
  return fields.map((field) => {
    const column = columns.find(({ key }) => key === field)
    if (!column)
      throw unknownField(
        field,
        columns.map(({ key }) => key),
      )
    return column
  })
}

/** Refuses fields a path's answer does not have; to be asked before the daemon is, for an answer may cost credits. */
export function checkFields(path: Path, fields: readonly string[] | undefined): void {
  if (!fields) return
  const listing = listingOf(path)
  if (listing) chosenColumns(listing.columns, fields)
  else chosenLeaves(path, fields)
}

function unknownField(field: string, known: readonly string[]): Failure {
  const meant = nearest(field, known)
  const hint = meant ? `Did you mean ${meant}? ` : ''
  return misuse(`There is no field "${field}" here.`, `${hint}Known fields: ${known.join(', ')}.`)
}

/** An answer with only these fields in it, each where it stood. */
export function narrowed(answer: Row, leaves: readonly Leaf[]): Row {
  const kept: Record<string, unknown> = {}
  for (const { at } of leaves) {
    const [key = '', inner] = at
    if (inner === undefined) kept[key] = answer[key]
    else kept[key] = { ...(kept[key] as object | undefined), [inner]: valueAt(answer, at) }
  }
  return kept
}

/** A row with only these fields in it. */
export function pickedRow(row: Row, keys: readonly string[]): Row {
  return Object.fromEntries(keys.map((key) => [key, row[key]]))
}
