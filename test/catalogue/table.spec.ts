import { declarationOf, type Path, paths, type Request, readChain } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { program, type Spoken, wordOf } from '../../packages/cli/src/program.ts'
import { wordTree } from '../../packages/cli/src/words.ts'
import { aPipe } from '../cli/stand.ts'
import { shapeOf } from './shape.ts'
import { rows } from './table.ts'

const each = rows.map((row) => [row.path, row] as const)

const shape = (schema: z.core.$ZodType, io: 'input' | 'output') =>
  shapeOf(z.toJSONSchema(schema, { io }) as Parameters<typeof shapeOf>[0])

/** The fields of `{ b: int, a?: text }` in one order: keys have none. */
const inOrder = (text: string) =>
  text
    .replace(/^\{ | \}$/g, '')
    .split(/, (?=\w+\??: )/)
    .sort()

describe('the catalogue has every instruction of the table and no other, each with exactly its keys', () => {
  it('no fewer and no more', () => {
    expect(rows.map(({ path }) => path).sort()).toEqual([...paths].sort())
  })

  it.each(each)('%s: request', (path, { request }) => {
    expect(inOrder(shape(declarationOf(path).request, 'input'))).toEqual(inOrder(request))
  })

  it.each(each)('%s: response', (path, { response }) => {
    expect(shape(declarationOf(path).response, 'output')).toBe(response)
  })

  it.each(each)('%s: who may say it', (path, { who }) => {
    const { access, permission } = declarationOf(path)
    expect(permission ? `${access}: ${permission}` : access).toBe(who)
  })

  it.each(each)('%s: every synonym in brackets', (path, { also = [], synonyms = {} }) => {
    expect(declarationOf(path).also ?? []).toEqual(also)
    expect(declarationOf(path).synonyms ?? {}).toEqual(synonyms)
  })

  it.each(each.flatMap(([path, { also = [] }]) => also.map((chain) => [chain, path] as const)))(
    '%s is read as %s',
    (chain, path) => {
      const [controller, ctype, action, ...rest] = chain.split(' ')
      const words: Record<string, unknown> = { controller, ctype, action }
      let before = action ?? ''
      for (const word of rest) {
        const [key, named] = word.includes(':') ? (word.split(':') as [string, string]) : [before, word]
        words[key] = named
        before = named
      }
      expect(readChain(words)).toEqual({ path, fields: {} })
    },
  )
})

const values: Record<string, string> = {
  EMAIL: 'bob@example.org',
  N: '5',
  ID: '7',
  NAME: 'bob',
  FILE: 'kept.timeclock',
}

/** A line of the table with a value for each word in capitals. */
const lineOf = (typed: string) => typed.replace(/\b(EMAIL|NAME|FILE|ID|N)\b/g, (word) => values[word] ?? word)

/** What is typed besides where the table names the words alone. */
const besides: { [P in Path]?: readonly string[] } = {
  'client action revoke session': ['7'],
  'client action report issue': ['--name', 'Slow', '--details', 'Very'],
  'system action search session': ['--session-token-stdin'],
  'system action add session': ['7'],
  'system action remove session_map': ['--identifier', 'ewallet_session', '--ewallet-session', '7'],
  'system action start cleaner': ['all'],
  'system action stop cleaner': ['all'],
  'system action view acl': ['bob@example.org'],
  'system action edit acl': ['edit', 'bob@example.org', '--permission', 'pay', '--allow', 'false'],
  'system action backup store': ['/backups/today'],
  'client action edit contact record': ['--phone', '1'],
}

const requests: { [P in Path]?: Request<P> } = {
  'client action switch account': { account: 'bob@example.org' },
  'client action revoke session': { session_id: 7 },
  'client action report issue': { issue: { name: 'Slow', details: 'Very' } },
  'client action supply credits': { credits: 100, cost: 4.7, currency: 'RON' },
  'client action pay': { pay: 'bob@example.org', credits: 5 },
  'client action transfer credits': { transfer_to: 'bob@example.org', credits: 5 },
  'client action refund transfer': { record_id: 7 },
  'client action switch credit ewallet': { ewallet_id: 7 },
  'client action unlink credit ewallet': { ewallet_id: 7 },
  'client action convert credits2clock': { credits: 5 },
  'client action convert clock2credits': { minutes: 5 },
  'client action switch credit clock': { clock_id: 7 },
  'client action unlink credit clock': { clock_id: 7 },
  'client action switch contact_list': { list_id: 7 },
  'client action unlink contact list': { list_id: 7 },
  'client action new contact record': { user_name: 'bob' },
  'client action view contact record': { record_id: 7 },
  'client action edit contact record': { record_id: 7, user_phone: '1' },
  'client action unlink contact record': { record_id: 7 },
  'system action open sockets': { in_port: 5 },
  'system action interogate session': { session_id: 7 },
  'system action interogate session_pool': { worker_id: 7 },
  'system action add session': { session_id: 7 },
  'system action remove session_map': { identifier: 'ewallet_session', ewallet_session: 7 },
  'system action scrape session': { session_id: 7 },
  'system action start cleaner': { clean: 'all' },
  'system action stop cleaner': { clean: 'all' },
  'system action view acl': { account: 'bob@example.org' },
  'system action edit acl': { account: 'bob@example.org', permission: 'pay', allow: false },
  'system action backup store': { path: '/backups/today' },
}

/** What a line was understood as. */
async function understood(argv: readonly string[]): Promise<Spoken | undefined> {
  let spoken: Spoken | undefined
  await program(argv, aPipe().terminal, async (said) => {
    spoken = said
    return 0
  })
  return spoken
}

/** The request a line of a row is to be understood as. */
function requestOf(path: Path): object {
  if (requests[path]) return requests[path]
  if (!/_sheet$|(transfer|invoice|conversion|time) (record|list)$/.test(path)) return {}
  if (path.includes(' new ')) return {}
  const field = path.endsWith('_sheet') ? 'sheet_id' : path.endsWith('list') ? 'list_id' : 'record_id'
  return { [field]: 7 }
}

const lines = each.flatMap(([path, { typed = [] }]) => typed.map((line) => [line, path] as const))

describe('every instruction is reachable from the command line with the words in the table', () => {
  it.each(lines)('ewallet %s: %s', async (typed, path) => {
    const argv = [...lineOf(typed).split(' '), ...(besides[path] ?? [])]
    const spoken = await understood(argv)
    if (spoken && 'path' in spoken) {
      expect([spoken.path, spoken.request]).toEqual([path, requestOf(path)])
    } else {
      // More than one instruction, or another way to show one: a command of the terminal.
      const { entry, words } = wordOf(argv)
      expect([entry !== undefined, words.join(' ')]).toEqual([true, entry?.words])
      expect(spoken).toHaveProperty('command')
    }
  })

  it.each(lines)('ewallet help knows %s: %s', async (typed) => {
    const argv = lineOf(typed).split(' ')
    const { words } = wordOf(argv)
    const paper = aPipe()
    expect(await program([...words, '--help'], paper.terminal, async () => 0)).toBe(0)
    expect(paper.out()).toContain(`ewallet ${words.join(' ')}`)
  })

  it('what the table leaves to the program itself is said by no words of its own', () => {
    const silent = rows.filter(({ typed }) => typed === undefined).map(({ path }) => path)
    expect(silent.filter((path) => declarationOf(path).says !== undefined)).toEqual([])
  })

  it('and no words name what is no instruction', () => {
    const said = (word: ReturnType<typeof wordTree>): Path[] => [
      ...word.paths,
      ...[...word.next.values()].flatMap((next) => said(next)),
    ]
    expect(said(wordTree()).filter((path) => !paths.includes(path))).toEqual([])
  })
})
