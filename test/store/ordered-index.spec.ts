import { expect, it } from 'vitest'
import { OrderedIndex } from '../../packages/server/src/store/memory/ordered-index.ts'

/** The ids of a group, in order. */
function walked(index: OrderedIndex): number[] {
  const ids: number[] = []
  index.walk('group', {}, (_, id) => {
    ids.push(id)
    return true
  })
  return ids
}

it('takes one that comes behind all that are left, though not behind one that was removed', () => {
  const orders = new Map([
    [1, 10],
    [2, 30],
    [3, 20],
  ])
  const index = new OrderedIndex((id) => orders.get(id) ?? 0)
  index.add('group', 10, 1)
  index.add('group', 30, 2)
  index.remove('group', 30, 2)
  index.add('group', 20, 3)
  expect(walked(index)).toEqual([1, 3])
})

it('keeps every order that comes and goes', () => {
  const orders = new Map<number, number>()
  const index = new OrderedIndex((id) => orders.get(id) ?? 0)
  // A walk of 7 through 2,003 places meets each once, in no order at all.
  for (let n = 0, order = 0; n < 2_003; n += 1, order = (order + 7 * 113) % 2_003) {
    orders.set(n + 1, order)
    index.add('group', order, n + 1)
    if (n % 3 === 2) {
      index.remove('group', orders.get(n) ?? 0, n)
      orders.delete(n)
    }
  }
  const expected = [...orders].sort(([, a], [, b]) => a - b).map(([id]) => id)
  expect(walked(index)).toEqual(expected)
})
