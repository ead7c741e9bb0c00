import { csvText } from '../output/csv.ts'
import { jsonLine, jsonText } from '../output/json.ts'
import type { Sheet } from './history.ts'

const head = ['id', 'reference', 'create_date', 'write_date']

/** The fields of each kind's records, in their order, without the sheet's own. */
const fields: Record<Sheet['kind'], readonly string[]> = {
  transfer: [...head, 'transfer_type', 'transfer_from', 'transfer_to', 'credits'],
  invoice: [...head, 'credits', 'currency', 'cost', 'seller', 'notes'],
  conversion: [...head, 'conversion_type', 'minutes', 'credits'],
  time: [...head, 'time_start', 'time_stop', 'time_spent', 'time_pending', 'pending_count'],
}

/** What a sheet's columns are called, the sheet's id first after the record's. */
export function columnsOf(kind: Sheet['kind']): string[] {
  const [id = 'id', ...others] = fields[kind]
  return [id, `${kind}_sheet`, ...others]
}

/** Records as CSV; those of several sheets share one header, and a first column tells which is whose. */
export function sheetsCsv(sheets: readonly Sheet[]): string {
  const [only] = sheets
  if (only && sheets.length === 1) {
    const columns = columnsOf(only.kind)
    return csvText(
      columns,
      only.records.map((record) => columns.map((column) => record[column])),
    )
  }
  const columns = [...new Set(sheets.flatMap(({ kind }) => columnsOf(kind)))]
  return csvText(
    ['sheet', ...columns],
    sheets.flatMap(({ kind, records }) => records.map((record) => [kind, ...columns.map((column) => record[column])])),
  )
}

/** Records as one JSON value: a single sheet like the daemon's answer, several under their kinds. */
export function sheetsJson(sheets: readonly Sheet[]): string {
  const one = ({ kind, id, records }: Sheet) => ({ [`${kind}_sheet`]: id, records })
  const [only] = sheets
  const all =
    only && sheets.length === 1 ? one(only) : Object.fromEntries(sheets.map((sheet) => [sheet.kind, one(sheet)]))
  return `${jsonText({ failed: false, ...all })}\n`
}

/** Records as JSON, one a line; with several sheets each says which it is from. */
export function sheetsNdjson(sheets: readonly Sheet[]): string {
  const named = sheets.length > 1
  return sheets
    .flatMap(({ kind, records }) => records.map((record) => jsonLine(named ? { sheet: kind, ...record } : record)))
    .map((line) => `${line}\n`)
    .join('')
}
