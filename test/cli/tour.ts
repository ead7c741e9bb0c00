import { setTimeout as pass } from 'node:timers/promises'
import { type Home, PASSWORD } from './home.ts'

/** Who types in the tour, and in which home. */
export type People = Readonly<Record<string, { home: Home; env?: Record<string, string> }>>

const block = /^```console\n([\s\S]*?)^```$/gm

/** The page with every command run again, one after the other, and what it says below it. */
export async function replayed(page: string, people: People): Promise<string> {
  let fresh = page
  for (const [whole, body = ''] of page.matchAll(block)) {
    const parts: string[] = []
    for (const line of body.split('\n')) {
      const [, who = '', command = ''] = /^(\w+)\$ ewallet (.*)$/.exec(line) ?? []
      if (!command) continue
      const person = people[who]
      if (!person) throw new Error(`Nobody here is called ${who}.`)
      parts.push(line, ...(await saidBy(person, command)), '')
      // A clock shows nothing of what takes no time, and a fast machine takes none.
      if (/^(clock start|pause|resume)/.test(command)) await pass(1_100)
    }
    fresh = fresh.replace(whole, () => `\`\`\`console\n${parts.join('\n')}\`\`\``)
  }
  return fresh
}

async function saidBy({ home, env = {} }: People[string], command: string): Promise<string[]> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  const [typed, stdin] = command.endsWith(' < password.txt') ? [words.slice(0, -2), `${PASSWORD}\n`] : [words, '']
  const { out, err } = await home.ewallet(typed, { stdin, env: { EWALLET_OUTPUT: 'table', ...env } })
  return `${out}${err}`.split('\n').filter((line, index, lines) => line !== '' || index < lines.length - 1)
}

/** What is the same in every run: moments, ids of processes and the time spent are blotted out. */
export function masked(page: string): string {
  return page
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?/g, 'MOMENT')
    .replace(/-?\d+:\d\d:\d\d(\.\d+)?/g, 'CLOCK')
    .replace(/(January|February|March|April|May|June|July|August|September|October|November|December) \d{4}/g, 'MONTH')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/\b\d+(\.\d+)? (minutes?|min|s)\b( \d+ s)?/g, 'SPAN')
    .replace(/\b\d+\.\d+\b/g, 'FIGURE')
    .replace(/ +/g, ' ')
    .replace(/[─━]+/g, '─')
}
