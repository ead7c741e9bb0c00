import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SpecialCommand } from '../../packages/cli/src/commands/command.ts'
import { report } from '../../packages/cli/src/commands/report.ts'
import { statement } from '../../packages/cli/src/commands/statement.ts'
import { measureFor } from '../../packages/cli/src/output/width.ts'
import { aMonth, type Typed } from './house.ts'

const media: Record<string, Typed> = {
  '60 columns': { columns: 60 },
  '80 columns': { columns: 80 },
  '120 columns': { columns: 120 },
  '60 columns, in colour': { columns: 60, colour: true },
  '80 columns, in colour': { columns: 80, colour: true },
  '120 columns, in colour': { columns: 120, colour: true },
  '80 columns, ASCII': { columns: 80, globals: { ascii: true } },
  'a pipe': {},
}
const programs: Record<string, Typed> = { '--json': { globals: { json: true } }, csv: { globals: { output: 'csv' } } }

const commands: Record<string, { command: SpecialCommand; typed: Typed; media: Record<string, Typed> }> = {
  report: { command: report, typed: { args: ['2026-W02'] }, media: { ...media, ...programs } },
  chart: { command: report, typed: { args: ['2026-W02'], options: { chart: true, by: 'day' } }, media },
  statement: { command: statement, typed: { args: ['2026-01'] }, media: { ...media, ...programs } },
}

describe.each(Object.entries(commands))('%s', (name, { command, typed, media }) => {
  it('looks as it is drawn in its golden text, on every medium', async () => {
    const house = await aMonth()
    const pages: string[] = []
    for (const [medium, more] of Object.entries(media)) {
      const { out } = await house.runs(command, { ...typed, ...more })
      const { columns, colour } = more
      const measure = await measureFor(out)
      if (columns && !colour) for (const line of out.split('\n')) expect(measure(line)).toBeLessThanOrEqual(columns)
      if (more.globals?.ascii) expect(out).toMatch(/^[ -~\n]*$/)
      pages.push(`== ${medium}\n${out.replaceAll('\u001b', '␛')}`)
    }
    await expect(pages.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name}.txt`))
  })
})
