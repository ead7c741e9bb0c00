import { granted } from '../failure.ts'
import { paint } from '../output/colour.ts'
import { jsonText } from '../output/json.ts'
import { printRows } from '../output/print.ts'
import { boundsOf, readStatement, type Statement, walletOf } from '../reports/history.ts'
import { type Period, periodForms, periodWords, readPeriod } from '../reports/period.ts'
import { entryColumns, statementLayouts } from '../reports/statement-table.ts'
import { machineZone, openZone, type Zone } from '../reports/zone.ts'
import type { Style } from '../terminal.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Tells what a wallet held before a period, every movement in it, and what it held after. */
export const statement: SpecialCommand = {
  args: '[period...]',
  options: [['--wallet <id>', 'that wallet, in place of the active one']],
  values: ({ position }) => (position === 0 ? periodWords : []),
  outputs: ['table', 'plain', 'json', 'ndjson', 'csv', 'html'],
  examples: ['ewallet statement', 'ewallet statement 2026-01', 'ewallet statement last month -o html > statement.html'],
  notes: `The period is ${periodForms}; the month where none is typed. Days begin at midnight in --tz.
-o html writes one printable page that needs nothing else.`,
  run,
}

async function run(given: Given): Promise<number> {
  const { terminal } = given
  const zone = openZone(given.style.timeZone ?? machineZone())
  const now = Date.now()
  const period = readPeriod(given.args.join(' ') || 'month', zone, now)
  const wallet = walletOf(given.options.wallet)
  const { say } = given.link()
  const found = await readStatement(say, period, wallet)
  if (given.globals.output === 'html') {
    const { account } = granted(await say('client action view account', {}))
    const { statementPage } = await import('../reports/statement-page.ts')
    terminal.stdout.write(statementPage(found, { account, period, zone, now }))
    return 0
  }
  const style: Style = { ...given.style, format: (given.globals.output ?? given.style.format) as Style['format'] }
  if (style.format === 'json') terminal.stdout.write(`${jsonText(answerOf(found, period, zone))}\n`)
  else if (style.format === 'csv' || style.format === 'ndjson') {
    await printRows(terminal, style, entryColumns, found.entries)
  } else {
    const { bold, dim } = await paint(terminal.stdout)
    terminal.stdout.write(`${bold(`Wallet ${found.ewallet}, ${period.title}`)} ${dim(`(${zone.name})`)}\n\n`)
    const { columns, rows, narrower } = statementLayouts(found, period, zone)
    await printRows(terminal, style, columns, rows, narrower)
  }
  return 0
}

function answerOf({ ewallet, opening, closing, entries }: Statement, period: Period, zone: Zone): object {
  const { from = null, to = null } = boundsOf(period)
  return { failed: false, ewallet, from, to, time_zone: zone.name, opening, closing, entries }
}
