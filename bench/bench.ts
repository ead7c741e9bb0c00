import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { shown } from './figures.ts'
import { type Figure, isReached, ratioOf, type Scale, type Section } from './section.ts'
import { alone } from './sections/alone.ts'
import { cli } from './sections/cli.ts'
import { growth } from './sections/growth.ts'
import { login } from './sections/login.ts'
import { plainLowdb } from './sections/plain-lowdb.ts'
import { processor } from './sections/processor.ts'
import { start } from './sections/start.ts'
import { throughput } from './sections/throughput.ts'

const sections: readonly Section[] = [throughput, processor, alone, login, plainLowdb, cli, growth, start]

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, rounds: { type: 'string' } },
})
const scale: Scale = options.quick
  ? { rounds: 1, forMs: 500, records: 10_000 }
  : { rounds: Number(options.rounds ?? 5), forMs: 3_000, records: 1_000_000 }

/** A figure as a line of the table. */
function lineOf(figure: Figure): string {
  const ratio = ratioOf(figure)
  const { target, baseline } = figure
  const wanted = target && `${target.atLeast === undefined ? '≤' : '≥'} ${shown(target.atLeast ?? target.atMost ?? 0)}`
  const reached = isReached(figure)
  return [
    figure.what.padEnd(58),
    `${shown(figure.value)} ${figure.unit}`.padStart(14),
    (ratio === undefined ? '' : `${shown(ratio)} × ${baseline?.what}`).padEnd(28),
    (wanted ?? '').padEnd(9),
    reached === undefined ? '' : reached ? 'yes' : 'NO',
  ]
    .join('  ')
    .trimEnd()
}

const file = join(import.meta.dirname, '..', '..', 'bench', 'results.json')
const known = new Map(sections.map((section) => [section.name, section]))
for (const name of positionals) if (!known.has(name)) throw new Error(`There is no section ${name}.`)
for (const section of sections) {
  if (positionals.length > 0 && !positionals.includes(section.name)) continue
  process.stderr.write(`${section.name}\n`)
  const figures = await section.measure(scale, (sentence) => process.stderr.write(`  ${sentence}\n`))
  for (const figure of figures) process.stdout.write(`${lineOf(figure)}\n`)
  if (!options.quick) keep(section.name, figures)
}

/** Puts a section's figures into the file, in the place of those of an earlier run. */
function keep(name: string, figures: readonly Figure[]): void {
  const [processor] = cpus()
  const machine = `${cpus().length} cores (${processor?.model.trim()}), Node ${process.versions.node}`
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>) : {}
  const kept = { ...before, [name]: { at: new Date().toISOString(), machine, figures } }
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
}

process.exit(0)
