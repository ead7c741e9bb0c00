/** The 16-bit groups of an IPv6 address that a text names, with `::` written out. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  if (tail === undefined) return before
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...Array(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
}

/**
 * By what name an address is counted: an IPv6 address by its /64, since whoever has one has all of them; any other by itself, and
 * the admin channel, which has none, by none.
 */
export function countedAs(address: string | null): string {
  if (address === null || !address.includes(':')) return address ?? ''
  const groups = groupsOf(address.toLowerCase()).slice(0, 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
