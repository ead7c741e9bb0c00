/** How much a report may hold: its name, details and log together, as UTF-8. */
const ISSUE_BYTES_MAX = 65_536

/** Whether a report is too large to be stored. */
export function isTooLarge({
  name,
  details,
  log,
}: {
  name: string
  details: string
  log?: string | undefined
}): boolean {
  return utf8Length(name) + utf8Length(details) + utf8Length(log ?? '') > ISSUE_BYTES_MAX
}

function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return length
}
