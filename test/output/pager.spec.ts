import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { print } from '../../packages/cli/src/output/print.ts'
import type { Style, Terminal } from '../../packages/cli/src/terminal.ts'

const style: Style = { format: 'table', ascii: true, timeZone: 'UTC' }

/** A terminal of ten lines whose pager keeps what it is shown in a file. */
function aShortTerminal(pager: (file: string) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'shown')
  let out = ''
  const write = (text: string) => {
    out += text
  }
  const stream = { write, isTerminal: true, colour: false, columns: 80, rows: 10 }
  const terminal: Terminal = {
    stdout: stream,
    stderr: { ...stream, write: () => {} },
    stdin: process.stdin,
    env: { PATH: process.env.PATH, PAGER: pager(file) },
    cwd: '/',
  }
  const paged = () => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      return ''
    }
  }
  return { terminal, out: () => out, paged }
}

function contacts(count: number) {
  const records = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    contact_list: 1,
    reference: 'Contact List Record',
    create_date: '2026-01-05T09:00:00.000Z',
    write_date: '2026-01-05T09:00:00.000Z',
    name: `contact ${index + 1}`,
    email: null,
    phone: null,
    notes: null,
  }))
  return { contact_list: 1, records, cursor: null }
}

const show = (terminal: Terminal, count: number, paged = true) =>
  print(terminal, style, 'client action view contact records', contacts(count), { paged })

describe('a list longer than the screen', () => {
  it('goes through the pager the user named', async () => {
    const { terminal, out, paged } = aShortTerminal((file) => `cat > ${file}`)
    await show(terminal, 20)
    expect(out()).toBe('')
    expect(paged()).toContain('contact 20')
  })

  it.each([
    ['an empty $PAGER', () => ''],
    ['$PAGER set to cat', () => 'cat'],
    ['a pager that is not there', () => 'no-such-pager-anywhere 2>/dev/null'],
  ])('is written straight out with %s', async (_, pager) => {
    const { terminal, out } = aShortTerminal(pager)
    await show(terminal, 20)
    expect(out()).toContain('contact 20')
  })

  it('is written straight out where nobody could leave a pager', async () => {
    const { terminal, out, paged } = aShortTerminal((file) => `cat > ${file}`)
    await show(terminal, 20, false)
    expect(out()).toContain('contact 20')
    expect(paged()).toBe('')
  })

  it('needs no pager when it fits', async () => {
    const { terminal, out, paged } = aShortTerminal((file) => `cat > ${file}`)
    await show(terminal, 3)
    expect(out()).toContain('contact 3')
    expect(paged()).toBe('')
  })
})
