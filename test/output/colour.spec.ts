import { describe, expect, it } from 'vitest'
import { colourFor, paint } from '../../packages/cli/src/output/colour.ts'

describe('colourFor', () => {
  it.each([
    ['colours a terminal', true, {}, 'auto', true],
    ['leaves a pipe plain', false, {}, 'auto', false],
    ['obeys --color always over everything', false, { NO_COLOR: '1', TERM: 'dumb' }, 'always', true],
    ['obeys --color never over everything', true, { FORCE_COLOR: '1', CLICOLOR_FORCE: '1' }, 'never', false],
    ['obeys NO_COLOR', true, { NO_COLOR: '1' }, 'auto', false],
    ['obeys NO_COLOR whatever it says', true, { NO_COLOR: '0' }, 'auto', false],
    ['takes an empty NO_COLOR for none', true, { NO_COLOR: '' }, 'auto', true],
    ['lets NO_COLOR win over FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, 'auto', false],
    ['lets NO_COLOR win over CLICOLOR_FORCE', false, { NO_COLOR: '1', CLICOLOR_FORCE: '1' }, 'auto', false],
    ['colours a pipe under FORCE_COLOR', false, { FORCE_COLOR: '1' }, 'auto', true],
    ['colours a dumb terminal under FORCE_COLOR', true, { FORCE_COLOR: '3', TERM: 'dumb' }, 'auto', true],
    ['takes FORCE_COLOR=0 for a no', true, { FORCE_COLOR: '0' }, 'auto', false],
    ['takes FORCE_COLOR=false for a no', true, { FORCE_COLOR: 'false' }, 'auto', false],
    ['takes an empty FORCE_COLOR for none', false, { FORCE_COLOR: '' }, 'auto', false],
    ['colours a pipe under CLICOLOR_FORCE', false, { CLICOLOR_FORCE: '1' }, 'auto', true],
    ['takes CLICOLOR_FORCE=0 for none', false, { CLICOLOR_FORCE: '0' }, 'auto', false],
    ['takes CLICOLOR=0 for a no', true, { CLICOLOR: '0' }, 'auto', false],
    ['does not colour a pipe for CLICOLOR=1', false, { CLICOLOR: '1' }, 'auto', false],
    ['leaves a dumb terminal plain', true, { TERM: 'dumb' }, 'auto', false],
  ] as const)('%s', (_, isTerminal, env, flag, expected) => {
    expect(colourFor(isTerminal, env, flag)).toBe(expected)
  })
})

describe('paint', () => {
  it('colours where the stream may have colour, whatever the environment says', async () => {
    expect((await paint({ colour: true })).red('no')).toBe('\u001b[31mno\u001b[39m')
  })

  it('leaves the text as it is elsewhere', async () => {
    expect((await paint({ colour: false })).red('no')).toBe('no')
  })
})
