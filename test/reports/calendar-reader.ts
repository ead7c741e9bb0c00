/** A component of a calendar: the values of its properties by name, and the components in it. */
export interface Component {
  name: string
  properties: Map<string, string[]>
  components: Component[]
}

const required: Record<string, readonly string[]> = {
  VCALENDAR: ['VERSION', 'PRODID'],
  VEVENT: ['UID', 'DTSTAMP', 'DTSTART'],
}
const moment = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])[0-5]\d([0-5]\d|60)Z$/

/** Reads a calendar as strictly as RFC 5545 writes it; throws where a rule of it is broken. */
export function readCalendar(text: string): Component {
  if (!text.endsWith('\r\n')) throw new Error('The last line does not end in CRLF.')
  const physical = text.slice(0, -2).split('\r\n')
  for (const line of physical) {
    if (/[\r\n]/.test(line)) throw new Error(`A line break that is no CRLF: ${JSON.stringify(line)}`)
    if (Buffer.byteLength(line) > 75) throw new Error(`Longer than 75 octets: ${line}`)
    if (line === '' || line.includes('\ufffd'))
      throw new Error(`Empty, or folded within a character: ${JSON.stringify(line)}`)
  }
  const root: Component = { name: '', properties: new Map(), components: [] }
  const open = [root]
  for (const line of physical
    .join('\r\n')
    .replace(/\r\n[ \t]/g, '')
    .split('\r\n')) {
    // Neither holds control characters but tabs; no property of ours has parameters.
    const { name = '', value = '' } = /^(?<name>[A-Za-z0-9-]+):(?<value>[\t\P{Cc}]*)$/u.exec(line)?.groups ?? {}
    const current = open.at(-1) ?? root
    if (name === '') throw new Error(`No content line: ${JSON.stringify(line)}`)
    else if (name === 'BEGIN') {
      const begun = { name: value, properties: new Map(), components: [] }
      current.components.push(begun)
      open.push(begun)
    } else if (name === 'END') {
      if (value !== current.name) throw new Error(`END:${value} where ${current.name} is open.`)
      checkComponent(current)
      open.pop()
    } else current.properties.set(name, [...(current.properties.get(name) ?? []), readValue(name, value)])
  }
  const [calendar] = root.components
  if (open.length !== 1 || root.components.length !== 1 || root.properties.size > 0 || calendar?.name !== 'VCALENDAR') {
    throw new Error('It is not one VCALENDAR.')
  }
  return calendar
}

function readValue(name: string, value: string): string {
  if (name.startsWith('DT') && !moment.test(value)) throw new Error(`${name} is no UTC date-time: ${value}`)
  if (!['SUMMARY', 'DESCRIPTION', 'CATEGORIES'].includes(name)) return value
  if (/^([^\\;,]|\\[\\;,nN])*$/.test(value))
    return value.replace(/\\(.)/g, (_, mark: string) => (/n/i.test(mark) ? '\n' : mark))
  throw new Error(`${name} is not escaped: ${value}`)
}

function checkComponent({ name, properties }: Component): void {
  for (const property of required[name] ?? []) {
    if (properties.get(property)?.length !== 1) throw new Error(`${name} has not one ${property}.`)
  }
  const [start = ''] = properties.get('DTSTART') ?? []
  const [end] = properties.get('DTEND') ?? []
  if (end !== undefined && end <= start) throw new Error(`An event ends at ${end}, not after its start ${start}.`)
}
