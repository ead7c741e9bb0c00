import { versionHere } from './installation.ts'
import type { Settings } from './settings.ts'
import type { Stage } from './stage.ts'
import { terminalOf } from './streams.ts'
import type { Style } from './terminal.ts'

/** Does one command line and returns its exit code. */
export async function main(argv: string[], process: NodeJS.Process): Promise<number> {
  // Whoever reads stdout may have heard enough.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => process.exit(fault.code === 'EPIPE' ? 0 : 1))
  process.stderr.on('error', () => {})
  const terminal = terminalOf(process)
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    terminal.stdout.write(`${versionHere()}\n`)
    return 0
  }
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))

  // What nearly every line needs is read from the disk at once.
  const [{ openStage }, { program }, { perform }] = await Promise.all([
    import('./stage.ts'),
    import('./program.ts'),
    import('./perform.ts'),
  ])
  const stage = openStage(terminal)
  try {
    return await program(argv, terminal, (spoken) => perform(stage, spoken))
  } catch (error) {
    const [{ reportFailure }, { coloured }] = await Promise.all([import('./failure.ts'), import('./coloured.ts')])
    const verbose = argv.includes('-v') || argv.includes('--verbose')
    const color = typedValue(argv, '--color')
    const when = color === 'always' || color === 'never' ? color : 'auto'
    return reportFailure(coloured(terminal, when), styleOfFailure(argv, stage), error, verbose)
  } finally {
    stage.close()
  }
}

/** How a failure is told, even that of a line which could not be understood. */
function styleOfFailure(argv: readonly string[], { settings }: Stage): Style {
  const typed = argv.includes('--json') ? 'json' : (typedValue(argv, '-o') ?? typedValue(argv, '--output'))
  const format = typed ?? setOutput(settings)
  return { format: format === 'json' || format === 'ndjson' ? 'json' : 'plain', ascii: false }
}

function setOutput(settings: Settings): string {
  try {
    return settings.get('output').value
  } catch {
    // It may be the very thing that is wrong.
    return ''
  }
}

function typedValue(argv: readonly string[], flag: string): string | undefined {
  const joined = flag.startsWith('--') ? `${flag}=` : flag
  const index = argv.findIndex((word) => word === flag || word.startsWith(joined))
  const word = argv[index]
  return word === undefined || word === flag ? argv[index + 1] : word.slice(joined.length)
}
