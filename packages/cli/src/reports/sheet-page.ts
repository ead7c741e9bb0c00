import type { Sheet } from './history.ts'
import { foreign, htmlPage, htmlTable } from './html.ts'
import type { Period } from './period.ts'
import { columnsOf } from './sheet-export.ts'
import type { Zone } from './zone.ts'

/** Whose sheets they are, over what, and when the page was made. */
export interface SheetSetting {
  account: string
  period: Period
  zone: Zone
  /** In ms. */
  now: number
}

const names: Record<Sheet['kind'], string> = {
  transfer: 'Transfers',
  invoice: 'Invoices',
  conversion: 'Conversions',
  time: 'Time',
}

/** What a reader of a page has no use for. */
const hidden = /^(reference|write_date|\w+_sheet)$/

/** The records of sheets as one printable page of HTML that needs nothing else. */
export function sheetsPage(sheets: readonly Sheet[], { account, period, zone, now }: SheetSetting): string {
  const [only] = sheets
  const title = only && sheets.length === 1 ? names[only.kind] : 'Sheets'
  return htmlPage({
    title: `${title}, ${period.title}`,
    about: `The active sheets of ${account}. Days and hours are those of ${zone.name}.`,
    body: sheets.map((sheet) => sheetTable(sheet, zone)).join('\n'),
    footer: `Made on ${zone.textAt(now)}.`,
  })
}

function sheetTable({ kind, id, records }: Sheet, zone: Zone): string {
  const columns = columnsOf(kind).filter((column) => !hidden.test(column))
  const isFigure = (column: string) => typeof records[0]?.[column] === 'number'
  const cell = (column: string, value: unknown) => {
    if (value === null || value === undefined) return ''
    const isMoment = /_date$|^time_st/.test(column)
    return isMoment ? zone.textAt(Date.parse(String(value))) : foreign(String(value))
  }
  return htmlTable(
    `${names[kind]}, sheet ${id}`,
    columns.map((column) => ({
      title: column.replaceAll('_', ' '),
      ...(isFigure(column) ? { holds: 'figures' as const } : isText(column) && { holds: 'text' as const }),
    })),
    records.map((record) => ({ cells: columns.map((column) => cell(column, record[column])) })),
  )
}

function isText(column: string): boolean {
  return ['transfer_from', 'transfer_to', 'seller', 'notes'].includes(column)
}
