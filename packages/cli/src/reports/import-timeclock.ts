import { badLine, type KeptTime, readSpan, type TimeFile } from './kept-time.ts'

const entry =
  /^(?<code>\S)\s+(?<at>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s?[+-]\d{4})?)(?:\s+(?<rest>\S.*))?$/

/** Reads times from a timeclock file, as Emacs, Ledger and hledger write it. */
export function timesFromTimeclock(text: string, file: TimeFile): KeptTime[] {
  const times: KeptTime[] = []
  let open: { line: number; at: string; about: string } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1
    const written = raw.trim()
    // Lines of hours required and of balances say nothing about time spent.
    if (written === '' || /^[;#*]|^[bh]\s/.test(written)) continue
    const { code = '', at = '', rest = '' } = entry.exec(written)?.groups ?? {}
    const about = aboutOf(rest)
    if (code === 'i') {
      if (open) throw badLine(file, line, `it clocks in while line ${open.line} was never clocked out.`)
      open = { line, at, about }
    } else if (code === 'o' || code === 'O') {
      if (!open) throw badLine(file, line, 'it clocks out of nothing.')
      const notes = [open.about, about].filter((part) => part !== '').join(', ')
      times.push({ line: open.line, ...readSpan(file, line, open.at, at), ...(notes !== '' && { notes }) })
      open = undefined
    } else {
      throw badLine(file, line, 'it should be as "i 2026-01-31 09:00:00" or "o 2026-01-31 10:00:00".')
    }
  }
  if (open) throw badLine(file, open.line, 'it is never clocked out.')
  return times
}

/** `account  description ; comment` as a note. */
function aboutOf(rest: string): string {
  const [told = ''] = rest.split(/(?:^|\s);/, 1)
  return told.trim().replace(/(?:\s{2,}|\t)\s*/g, ': ')
}
