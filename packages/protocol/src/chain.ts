import { declarationOf, type Path, paths } from './catalogue.ts'

/** One step of a command chain on the wire: `key: word`. */
interface Step {
  key: string
  word: string
}

interface Node {
  path?: Path
  /** By key, then by word. */
  next: Map<string, Map<string, Node>>
}

/** `client action pause clock_timer` → controller: client, ctype: action, action: pause, pause: clock_timer. */
function stepsOf(chain: string): Step[] {
  let before = ''
  return chain.split(' ').map((part, index) => {
    const [first = '', second] = part.split(':')
    const word = second ?? first
    const key = second !== undefined ? first : (['controller', 'ctype'][index] ?? (index === 2 ? 'action' : before))
    before = word
    return { key, word }
  })
}

function grown(): Node {
  const root: Node = { next: new Map() }
  for (const path of paths) {
    for (const chain of [path, ...(declarationOf(path).also ?? [])]) {
      let node = root
      for (const { key, word } of stepsOf(chain)) {
        const words = node.next.get(key) ?? new Map<string, Node>()
        node.next.set(key, words)
        const child = words.get(word) ?? { next: new Map() }
        words.set(word, child)
        node = child
      }
      node.path = path
    }
  }
  return root
}

let root: Node | undefined

/** What a command chain says: the path, if there is one, and what is left of it beside its words. */
export interface Said {
  path: Path | undefined
  fields: Record<string, unknown>
}

/**
 * Reads the words of a command chain. Words are followed only while some known path goes on that way, so that a chain may end in
 * a value (`pay: 'bob@example.org'`, seed 003).
 */
export function readChain(chain: Record<string, unknown>): Said {
  root ??= grown()
  const followed: string[] = []
  let node = root
  for (;;) {
    let child: Node | undefined
    for (const [key, words] of node.next) {
      const word = Object.hasOwn(chain, key) && !followed.includes(key) ? chain[key] : undefined
      child = typeof word === 'string' ? words.get(word) : undefined
      if (child) {
        followed.push(key)
        break
      }
    }
    if (!child) return { path: node.path, fields: without(chain, followed) }
    node = child
  }
}

/** A copy without some keys; made key by key, since an object that keys were deleted from is slow ever after. */
function without(chain: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  const rest: Record<string, unknown> = {}
  for (const key in chain) {
    if (keys.includes(key)) continue
    const value = chain[key]
    // Plain assignment of this one would set the prototype.
    if (key === '__proto__') Object.defineProperty(rest, key, { value, enumerable: true, configurable: true })
    else rest[key] = value
  }
  return rest
}

/** Says a path and its request as the command chain that travels. */
export function chainOf(path: Path, request: Record<string, unknown>): Record<string, unknown> {
  const chain: Record<string, unknown> = {}
  for (const { key, word } of stepsOf(path)) chain[key] = word
  return Object.assign(chain, request)
}
