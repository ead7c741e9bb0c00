import { type SheetKind, sheetKinds } from '@ewallet/protocol'
import { granted, misuse } from '../failure.ts'
import { readIntervals, readSheet, readStatement, type Sheet, walletOf } from '../reports/history.ts'
import { type Period, periodForms, readPeriod } from '../reports/period.ts'
import { machineZone, openZone, type Zone } from '../reports/zone.ts'
import { nearest } from '../spelling.ts'
import type { Given, SpecialCommand } from './command.ts'

const outputs = ['csv', 'json', 'ndjson', 'hledger', 'timeclock', 'ics', 'html'] as const
type Output = (typeof outputs)[number]
type Kind = SheetKind | 'all'
const kinds: readonly Kind[] = [...sheetKinds, 'all']

/** Writes records, the ledger or charged time in the format of another program. */
export const exporting: SpecialCommand = {
  args: '[kind]',
  options: [
    ['--period <period>', 'only what falls into it'],
    ['--wallet <id>', 'for hledger: that wallet, in place of the active one'],
  ],
  outputs,
  values: ({ position }) => (position === 0 ? kinds : []),
  examples: [
    'ewallet export transfer -o csv > transfers.csv',
    'ewallet export -o hledger > wallet.journal',
    'ewallet export time -o timeclock --period 2026-01',
  ],
  notes: `The kind is transfer, invoice, conversion, time or all; csv, json, ndjson and html hold the records of the active sheets.
hledger holds the whole ledger of a wallet and its clocks, timeclock and ics hold the charged time of all clocks, pauses left out.
The period is ${periodForms}; all where none is typed. Days begin at midnight in --tz.`,
  run,
}

async function run(given: Given): Promise<number> {
  const { terminal, options } = given
  const output = outputOf(given)
  const kind = kindOf(given.args[0], output)
  const wallet = walletOf(options.wallet)
  if (wallet !== undefined && output !== 'hledger')
    throw misuse('--wallet is for -o hledger.', 'See: ewallet wallet use')
  const zone = openZone(given.style.timeZone ?? machineZone())
  const now = Date.now()
  const period = readPeriod(options.period === undefined ? 'all' : String(options.period), zone, now)
  terminal.stdout.write(await textOf(given, { output, kind, wallet, zone, period, now }))
  return 0
}

function outputOf({ globals, style }: Given): Output {
  if (globals.json) return 'json'
  const output = globals.output ?? style.format
  return outputs.find((each) => each === output) ?? 'csv'
}

function kindOf(typed: string | undefined, output: Output): Kind {
  const wanted = output === 'hledger' ? 'all' : output === 'timeclock' || output === 'ics' ? 'time' : undefined
  if (typed === undefined) return wanted ?? 'all'
  const kind = kinds.find((each) => each === typed)
  if (!kind) {
    const meant = nearest(typed, kinds)
    throw misuse(
      `"${typed}" cannot be exported.`,
      meant ? `Did you mean ${meant}?` : `Name one of ${kinds.join(', ')}.`,
    )
  }
  if (wanted && kind !== wanted) throw misuse(`-o ${output} is for ${wanted}, not for ${kind}.`)
  return kind
}

interface Wanted {
  output: Output
  kind: Kind
  wallet: number | undefined
  zone: Zone
  period: Period
  now: number
}

async function textOf(given: Given, { output, kind, wallet, zone, period, now }: Wanted): Promise<string> {
  const { say } = given.link()
  const account = async () => granted(await say('client action view account', {})).account
  if (output === 'hledger') {
    const { hledgerJournal } = await import('../reports/hledger.ts')
    return hledgerJournal(await readStatement(say, period, wallet), zone)
  }
  if (output === 'timeclock') {
    const { timeclockFile } = await import('../reports/timeclock.ts')
    return timeclockFile(await readIntervals(say, period), zone)
  }
  if (output === 'ics') {
    const { calendar } = await import('../reports/ics.ts')
    return calendar(await readIntervals(say, period), await account())
  }
  const sheets: Sheet[] = []
  for (const each of kind === 'all' ? sheetKinds : [kind]) sheets.push(await readSheet(say, each, period))
  if (output === 'html') {
    const { sheetsPage } = await import('../reports/sheet-page.ts')
    return sheetsPage(sheets, { account: await account(), period, zone, now })
  }
  const { sheetsCsv, sheetsJson, sheetsNdjson } = await import('../reports/sheet-export.ts')
  return { csv: sheetsCsv, json: sheetsJson, ndjson: sheetsNdjson }[output](sheets)
}
