/** Where a page ended: the order and the id of its last row. */
export interface Place {
  order: number
  id: number
}

/** A place as the text a caller gives back; rows that come or go elsewhere do not move it. */
export function cursorAt({ order, id }: Place): string {
  return `${order.toString(36)}.${id.toString(36)}`
}

/** The place a cursor names; undefined where it is none. */
export function placeOf(cursor: string): Place | undefined {
  const parts = /^(-?[0-9a-z]+)\.([0-9a-z]+)$/.exec(cursor)
  const order = Number.parseInt(parts?.[1] ?? '', 36)
  const id = Number.parseInt(parts?.[2] ?? '', 36)
  return Number.isSafeInteger(order) && Number.isSafeInteger(id) ? { order, id } : undefined
}
