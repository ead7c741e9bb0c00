import { jsonLine } from './json.ts'
import { visible } from './sanitise.ts'

/** What a spreadsheet would take for a formula; a signed figure or a phone number is none. */
const formula = /^[=+\-@\t\r](?![\d\s().-]*$)/

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return quoted(typeof value === 'object' ? jsonLine(value) : String(value))
  const text = visible(value.replaceAll('\r\n', '\n'), '\n\t')
  return quoted(formula.test(text) ? `'${text}` : text)
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Lines of CSV as RFC 4180 has it, ended by `\n`: a header, then a row a line. Numbers and timestamps stay as they are; what a
 * spreadsheet would run as a formula begins with `'`; what a terminal would obey is made visible.
 */
export function csvText(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
}
