import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { SpecialCommand } from '../../packages/cli/src/commands/command.ts'
import { exporting } from '../../packages/cli/src/commands/export.ts'
import { importTime } from '../../packages/cli/src/commands/import.ts'
import { report } from '../../packages/cli/src/commands/report.ts'
import { statement } from '../../packages/cli/src/commands/statement.ts'
import { aFolder } from '../cli/stand.ts'
import { aMonth, type House } from './house.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'reports.md')
const commands: Record<string, SpecialCommand> = { report, statement, export: exporting, 'import time': importTime }
const workCsv = `start,stop,notes
2026-01-12 09:00,2026-01-12 10:00,review
2026-01-13 09:00,2026-01-13 09:45,
`

/** What a line of the page prints on a terminal of 80 columns; talk and answer together, as a person sees them. */
async function printed(house: House, cwd: string, line: string): Promise<string> {
  if (line === 'cat work.csv') return workCsv
  const words = line.split(' ').slice(1)
  const name = Object.keys(commands).find((words) => line.startsWith(`ewallet ${words}`)) ?? ''
  const args: string[] = []
  const options: Record<string, unknown> = {}
  const globals: Record<string, unknown> = {}
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-o') globals.output = words.shift()
    else if (word === '--tz') globals.tz = words.shift()
    else if (word === '--json' || word === '--ascii') globals[word.slice(2)] = true
    else if (word === '--dry-run') globals.dryRun = true
    else if (word === '--chart') options.chart = true
    else if (word.startsWith('--')) options[word.slice(2)] = words.shift()
    else args.push(word)
  }
  args.splice(0, name.split(' ').length)
  const command = commands[name]
  if (!command) throw new Error(`The page types what is no command of it: ${line}`)
  const told = await house.runs(command, { args, options, globals, cwd, columns: 80 }).catch((fault: Error) => {
    return { out: `${fault.message}\n`, err: '' }
  })
  return told.out + told.err
}

it('the page about reports shows what its commands print', async () => {
  const house = await aMonth()
  const cwd = aFolder()
  writeFileSync(join(cwd, 'work.csv'), workCsv)
  const parts = readFileSync(page, 'utf8').split('```\n')
  for (const [index, block] of parts.entries()) {
    if (index % 2 === 0) continue
    const lines = block.split('\n').filter((line) => line.startsWith('$ '))
    const shown: string[] = []
    for (const line of lines) shown.push(`${line}\n${await printed(house, cwd, line.slice(2))}`)
    parts[index] = shown.join('\n')
  }
  await expect(parts.join('```\n')).toMatchFileSnapshot(page)
})
