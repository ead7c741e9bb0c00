import { misuse } from '../failure.ts'
import { nearest } from '../spelling.ts'
import { checkUrl, LOCAL } from '../stage.ts'
import type { Given, SpecialCommand } from './command.ts'

/** Lists the contexts. */
export const contextList: SpecialCommand = {
  examples: ['ewallet context list'],
  async run({ stage, terminal, style, globals }) {
    const active = stage.target(globals).context
    const rows = [[LOCAL, ''], ...Object.entries(stage.settings.contexts)].map(([name = '', url = '']) => ({
      active: name === active,
      name,
      url: url || null,
      account: stage.keyring.read(name)?.account ?? null,
    }))
    const { printRows } = await import('../output/print.ts')
    const shown = rows.map((row) => ({ ...row, active: row.active ? '*' : '' }))
    const columns = [{ key: 'active', title: '' }, { key: 'name' }, { key: 'url' }, { key: 'account' }]
    const asText = style.format === 'table' || style.format === 'plain'
    await printRows(terminal, style, columns, asText ? shown : rows)
    return 0
  },
}

/** Makes a context the one that is spoken to. */
export const contextUse: SpecialCommand = {
  args: '<name>',
  examples: ['ewallet context use work', 'ewallet context use local'],
  async run(given) {
    const name = known(given)
    given.stage.settings.set('context', name === LOCAL ? undefined : name)
    given.say(`Commands go to ${name} now.`)
    return 0
  },
}

/** Names the address of a daemon. */
export const contextAdd: SpecialCommand = {
  args: '<name> <url>',
  examples: ['ewallet context add work wss://wallet.example.org'],
  async run({ args, stage, say }) {
    const [name = '', url = ''] = args
    if (name === LOCAL) throw misuse(`${LOCAL} is the daemon on this machine and has no address.`)
    if (!/^[\w.-]{1,64}$/.test(name))
      throw misuse('A context is named with letters, digits, dots, hyphens, underscores.')
    checkUrl(url, stage.settings)
    const before = stage.settings.contexts[name]
    // A token of one daemon must not travel to another.
    if (before !== undefined && before !== url) await stage.keyring.remove(name)
    stage.settings.setContext(name, url)
    say(`${name} is ${url}. Speak to it with: ewallet context use ${name}`)
    return 0
  },
}

/** Forgets a context and its session. */
export const contextRemove: SpecialCommand = {
  args: '<name>',
  examples: ['ewallet context remove work'],
  async run(given) {
    const { stage, say } = given
    const name = known(given)
    if (name === LOCAL) throw misuse(`${LOCAL} stays.`)
    if (stage.settings.get('context').value === name) stage.settings.set('context', undefined)
    stage.settings.setContext(name, undefined)
    await stage.keyring.remove(name)
    say(`${name} is forgotten.`)
    return 0
  },
}

function known({ args, stage }: Given): string {
  const name = args[0] ?? ''
  const names = [LOCAL, ...Object.keys(stage.settings.contexts)]
  if (names.includes(name)) return name
  const meant = nearest(name, names)
  throw misuse(`There is no context "${name}".`, meant ? `Did you mean ${meant}?` : 'See: ewallet context list')
}
