import { paths } from '@ewallet/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandTable } from '../../packages/cli/src/commands/table.ts'
import { understoodPlainly } from '../../packages/cli/src/plain-line.ts'
import { program, type Spoken } from '../../packages/cli/src/program.ts'
import { linesOf } from '../../packages/cli/src/words.ts'
import { aPipe } from './stand.ts'

/** What a line was understood as. */
async function understood(line: string | string[]): Promise<Spoken> {
  let spoken: Spoken | undefined
  const argv = typeof line === 'string' ? line.split(' ') : line
  await program(argv, aPipe().terminal, async (said) => {
    spoken = said
    return 0
  })
  if (!spoken) throw new Error('Nothing was run.')
  return spoken
}

const instructed = async (line: string) => {
  const spoken = await understood(line)
  if (!('path' in spoken)) throw new Error('That was no instruction.')
  return [spoken.path, spoken.request]
}

describe('a command line', () => {
  it.each([
    ['balance', 'client action view credit ewallet', {}],
    ['wallet', 'client action view credit ewallet', {}],
    [
      'supply 100 --cost 4.70 --currency RON',
      'client action supply credits',
      { credits: 100, cost: 4.7, currency: 'RON' },
    ],
    ['pay --to bob@example.org --credits 10', 'client action pay', { pay: 'bob@example.org', credits: 10 }],
    [
      'transfer --to @bob --credits 5 --note lunch',
      'client action transfer credits',
      { transfer_to: '@bob', credits: 5, notes: 'lunch' },
    ],
    ['transfer refund 12 --credits 3', 'client action refund transfer', { record_id: 12, credits: 3 }],
    ['convert --credits 20', 'client action convert credits2clock', { credits: 20 }],
    ['convert --minutes 20 --note back', 'client action convert clock2credits', { minutes: 20, notes: 'back' }],
    ['start', 'client action start clock_timer', {}],
    ['clock', 'client action view credit clock', {}],
    ['clock --clock 3', 'client action view credit clock', { clock_id: 3 }],
    ['clock start --clock 3', 'client action start clock_timer', { clock_id: 3 }],
    ['clock use 3', 'client action switch credit clock', { clock_id: 3 }],
    ['sheet transfer --limit 10', 'client action view transfer records', { limit: 10 }],
    ['sheet time show 4', 'client action view time record', { record_id: 4 }],
    ['contact', 'client action view contact records', {}],
    [
      'contact add bob --email bob@example.org',
      'client action new contact record',
      { user_name: 'bob', user_email: 'bob@example.org' },
    ],
    ['contact list use 2', 'client action switch contact_list', { list_id: 2 }],
    [
      'report issue --name Slow --details Very',
      'client action report issue',
      { issue: { name: 'Slow', details: 'Very' } },
    ],
    ['session revoke --all', 'client action revoke session', { all: true }],
    ['account delete --forfeit', 'client action unlink account', { forfeit: true }],
    [
      'system acl edit ada@example.org --permission supply --allow false',
      'system action edit acl',
      { account: 'ada@example.org', permission: 'supply', allow: false },
    ],
    ['system cleaner start all', 'system action start cleaner', { clean: 'all' }],
  ])('%s', async (line, path, request) => {
    expect(await instructed(line)).toEqual([path, request])
  })

  it.each([
    '--json pay --to bob@example.org --credits 10',
    'pay --json --to bob@example.org --credits 10',
    'pay --to bob@example.org --credits 10 --json',
  ])('takes global flags before and after the command: %s', async (line) => {
    const spoken = await understood(line)
    expect(spoken.globals).toMatchObject({ json: true, input: true, start: true, dryRun: false })
    expect(spoken).toMatchObject({ path: 'client action pay', request: { credits: 10 } })
  })

  it('takes a global flag with its value between the words', async () => {
    const spoken = await understood('--context work clock --as ada@example.org start --no-start --fields a,b')
    expect(spoken).toMatchObject({ path: 'client action start clock_timer' })
    expect(spoken.globals).toMatchObject({ context: 'work', as: 'ada@example.org', start: false, fields: ['a', 'b'] })
  })

  it.each([
    ['pya', 'There is no command "ewallet pya".', 'Did you mean: ewallet pay'],
    ['pya --to bob --credits 1', 'There is no command "ewallet pya".', 'Did you mean: ewallet pay'],
    ['--json clock strat --note x', 'There is no command "ewallet clock strat".', 'Did you mean: ewallet clock start'],
    ['clock strat', 'There is no command "ewallet clock strat".', 'Did you mean: ewallet clock start'],
    ['pay --crdits 5', "Unknown option '--crdits'.", 'Did you mean --credits?'],
    ['pay --jsno', "Unknown option '--jsno'.", 'Did you mean --json?'],
    ['pay bob', '"bob" is one word too many.', 'See: ewallet pay --help'],
    ['pay --credits', "Option '--credits <n>' argument missing.", null],
    ['pay --credits 1.5', '--credits should be a whole number from 1 to 1,000,000,000.', null],
    ['pay --credits 1e3', '--credits should be a whole number from 1 to 1,000,000,000.', null],
    ['supply 1,000', 'CREDITS should be a whole number from 1 to 1,000,000,000.', null],
    ['supply 10 --cost cheap', '--cost should be a decimal from 0 with at most 4 places.', null],
    ['convert', 'Missing --credits or --minutes.', 'See: ewallet convert --help'],
    ['convert --credits 1 --minutes 1', '--credits and --minutes do not go together.', null],
    ['system cleaner start everything', 'CLEAN should be one of accounts, workers, sessions, ctokens, all.', null],
    [
      'system acl edit a@b.org --permission suply --allow true',
      /^--permission should be one of/,
      'Did you mean supply?',
    ],
    ['login --dry-run', '"ewallet login" has no dry run.', null],
  ])('refuses %s', async (line, error, warning) => {
    await expect(understood(line)).rejects.toMatchObject({
      exit: 'usage',
      message: typeof error === 'string' ? error : expect.stringMatching(error),
      warning,
    })
  })

  it('asks for a secret only where it is wanted, and never takes it as a word', async () => {
    expect(await understood('system cleanup stokens')).toMatchObject({ secrets: {} })
    expect(await understood('system cleanup stokens --session-token')).toMatchObject({
      secrets: { session_token: 'prompt' },
    })
    expect(await understood('system session find --session-token-stdin')).toMatchObject({
      secrets: { session_token: 'stdin' },
    })
    await expect(understood('system session find --session-token x')).rejects.toMatchObject({ exit: 'usage' })
  })

  it('is understood again and again in one process', async () => {
    expect(await instructed('clock --clock 3')).toEqual(['client action view credit clock', { clock_id: 3 }])
    expect(await instructed('clock')).toEqual(['client action view credit clock', {}])
  })
})

describe('help', () => {
  const helpOf = async (line: string) => {
    const { terminal, out } = aPipe()
    expect(await program(`${line} --help`.trim().split(' '), terminal, async () => 1)).toBe(0)
    return out()
  }

  it('shows examples before the usage', async () => {
    const page = await helpOf('pay')
    expect(page.indexOf('$ ewallet pay --to bob@example.org --credits 10')).toBeGreaterThan(0)
    expect(page.indexOf('Examples')).toBeLessThan(page.indexOf('Usage'))
    expect(page).toContain('--note <text>')
  })

  it('lists the commands of a noun', async () => {
    expect(await helpOf('clock')).toMatch(/^ {2}pause +Pause the timer; pauses are free\.$/m)
  })

  it('is what a word that only groups others shows', async () => {
    const { terminal, out } = aPipe()
    expect(await program(['sheet'], terminal, async () => 1)).toBe(0)
    expect(out()).toContain('ewallet sheet COMMAND')
  })

  it('goes to the terminal that was handed in', async () => {
    expect(await helpOf('')).toContain('Prepaid credits and the clock that spends them.')
  })
})

describe('every command', () => {
  const lines = [...new Set([...paths.flatMap((path) => linesOf(path)), ...commandTable.map(({ words }) => words)])]

  it.each(lines)('ewallet %s explains itself', async (line) => {
    const { terminal, out } = aPipe()
    expect(await program([...line.split(' ').filter(Boolean), '--help'], terminal, async () => 1)).toBe(0)
    expect(out()).toContain(`ewallet ${line}`.trim())
  })
})

describe('a line that says an instruction plainly', () => {
  const plainly = (line: string | string[]) => understoodPlainly(typeof line === 'string' ? line.split(' ') : line)

  it.each([
    'balance',
    'wallet --json',
    'transfer --to bob@example.org --credits 5 --note lunch',
    'transfer --credits=5 --to=@bob --note=',
    'transfer -q --as ada@example.org --to @bob --credits 5 --no-input --context home -o csv --fields a,b',
    '--json transfer --to @bob --credits 5',
    'transfer --to @bob --to @eve --credits 1 --credits 2',
    'transfer refund 12 --credits 3',
    'clock use 3 --no-start --dry-run -y --timeout 5',
    'convert --minutes 20',
    'sheet transfer --all --limit 10',
    'contact add bob --email bob@example.org',
    'contact remove 4 --ascii --tz UTC --url ws://127.0.0.1:1 --color never -v --again',
  ])('is understood as commander understands it: %s', async (line) => {
    expect(plainly(line)).toEqual(await understood(line))
  })

  it.each([
    'transfer --to bob@example.org --credit 5',
    'transfer --to',
    'transfer --to --credits 5',
    'transfer --note -q --to @bob --credits 5',
    'transfer lunch --to @bob --credits 5',
    'balance --json=yes',
    'balance -qv',
    'balance --',
    'transfer --help',
    'clock use 3 4',
    'balanc',
    'status',
    'account edit --password',
    'sheet',
  ])('is not what needs commander, to help or to say what is wrong: %s', (line) => {
    expect(plainly(line)).toBeUndefined()
  })

  it('says the same of what a flag cannot hold', async () => {
    const line = 'transfer --to bob@example.org --credits five'
    await expect(understood(line)).rejects.toThrow('--credits should be')
    expect(() => plainly(line)).toThrow('--credits should be')
  })

  it('means the same however flags and words are put together', async () => {
    const pieces = [
      '--json',
      '-q',
      '--to',
      '@bob',
      '--credits',
      '5',
      '--note',
      'x',
      '--to=@eve',
      '--all',
      '3',
      '--dry-run',
    ]
    const words = fc.constantFrom(
      'transfer',
      'pay',
      'sheet transfer',
      'clock',
      'clock start',
      'transfer refund',
      'wallet use',
    )
    const lines = fc.tuple(words, fc.array(fc.constantFrom(...pieces), { maxLength: 6 }))
    await fc.assert(
      fc.asyncProperty(lines, async ([said, flags]) => {
        const argv = [...said.split(' '), ...flags]
        const ended = async (work: () => unknown) => {
          try {
            return await work()
          } catch (error) {
            return (error as Error).message
          }
        }
        const plain = await ended(() => plainly(argv))
        if (plain !== undefined) expect(plain).toEqual(await ended(() => understood(argv)))
      }),
    )
  })
})
