import { type Globals, noGlobals } from '../globals.ts'
import { settingOf, settings, variableOf } from '../settings.ts'
import type { SpecialCommand } from './command.ts'

/** Lists every setting and, if asked, who set it. */
export const configList: SpecialCommand = {
  options: [['--origin', 'where each value comes from']],
  examples: ['ewallet config list --origin'],
  async run({ stage, terminal, style, options, globals }) {
    const rows = settings.map(({ name, says }) => {
      const flag = flagOf(globals, name)
      const { value, origin } = flag === undefined ? stage.settings.get(name) : { value: flag, origin: 'flag' }
      const place = origin === 'file' ? stage.settings.file : origin === 'environment' ? variableOf(name) : origin
      return { name, value, ...(options.origin === true && { origin: place }), meaning: says }
    })
    const columns = ['name', 'value', ...(options.origin === true ? ['origin'] : []), 'meaning']
    const { printRows } = await import('../output/print.ts')
    await printRows(
      terminal,
      style,
      columns.map((key) => ({ key })),
      rows,
    )
    return 0
  },
}

/** Shows one setting. */
export const configGet: SpecialCommand = {
  args: '<name>',
  values: ({ position }) => (position === 0 ? settings.map(({ name }) => name) : []),
  examples: ['ewallet config get output'],
  async run({ stage, terminal, style, args, globals }) {
    const name = args[0] ?? ''
    const value = flagOf(globals, settingOf(name).name) ?? stage.settings.get(name).value
    terminal.stdout.write(`${style.format === 'json' ? JSON.stringify(value) : value}\n`)
    return 0
  },
}

/** Changes the config file. */
export const configSet: SpecialCommand = {
  mendsSettings: true,
  args: '<name> [value]',
  values({ position, args }) {
    if (position === 0) return settings.map(({ name }) => name)
    return settings.find(({ name }) => name === args[0])?.among ?? []
  },
  examples: ['ewallet config set output plain', 'ewallet config set tz Europe/Bucharest'],
  async run({ stage, args, say }) {
    const [name = '', value] = args
    stage.settings.set(name, value)
    if (settingOf(name).daemon) say('The daemon reads it when it starts.')
    const { origin } = stage.settings.get(name)
    if (origin === 'environment') say(`${variableOf(name)} is set and goes before it.`)
    return 0
  },
}

/** What the flags of this very command line say about a setting. */
function flagOf(globals: Globals, name: string): string | undefined {
  if (name === 'output' && globals.json) return 'json'
  const value = (globals as unknown as Record<string, unknown>)[name]
  // Switches say something only where they differ from what stands without them.
  if (typeof value === 'boolean') return value === noGlobals[name as 'ascii'] ? undefined : String(value)
  return typeof value === 'string' ? value : undefined
}
