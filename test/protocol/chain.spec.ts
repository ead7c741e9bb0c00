import { chainOf, declarationOf, paths, readChain } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'

describe('a command chain', () => {
  it.each(paths)('%s is read back from the chain it is said as', (path) => {
    expect(readChain(chainOf(path, {}))).toEqual({ path, fields: {} })
  })

  it.each([
    [
      'follows words only while a path goes on, so that a chain may end in a value',
      { controller: 'client', ctype: 'action', action: 'pay', pay: 'bob@example.org', credits: 10 },
      { path: 'client action pay', fields: { pay: 'bob@example.org', credits: 10 } },
    ],
    [
      'leaves an object under the name of its last word to the request',
      { controller: 'client', ctype: 'action', action: 'report', report: 'issue', issue: { name: 'x' } },
      { path: 'client action report issue', fields: { issue: { name: 'x' } } },
    ],
    [
      'tells an amount from a word of the same key',
      { controller: 'client', ctype: 'action', action: 'transfer', transfer: 'credits', credits: 5 },
      { path: 'client action transfer credits', fields: { credits: 5 } },
    ],
    [
      'knows the wallet by its other word',
      { controller: 'client', ctype: 'action', action: 'view', view: 'credit', credit: 'wallet' },
      { path: 'client action view credit ewallet', fields: {} },
    ],
    [
      'resumes under the key pause',
      { controller: 'client', ctype: 'action', action: 'resume', pause: 'clock_timer' },
      { path: 'client action resume clock_timer', fields: {} },
    ],
    [
      'stops under the key pause',
      { controller: 'client', ctype: 'action', action: 'stop', pause: 'clock_timer' },
      { path: 'client action stop clock_timer', fields: {} },
    ],
    [
      'opens sockets under the key opening',
      { controller: 'system', ctype: 'action', action: 'open', opening: 'sockets', in_port: 1 },
      { path: 'system action open sockets', fields: { in_port: 1 } },
    ],
    [
      'closes sockets under the key closing',
      { controller: 'system', ctype: 'action', action: 'close', closing: 'sockets' },
      { path: 'system action close sockets', fields: {} },
    ],
    [
      'switches a sheet as a list',
      { controller: 'client', ctype: 'action', action: 'switch', switch: 'time', time: 'list', sheet_id: 2 },
      { path: 'client action switch time_sheet', fields: { sheet_id: 2 } },
    ],
    [
      'switches a contact list as a list',
      { controller: 'client', ctype: 'action', action: 'switch', switch: 'contact', contact: 'list', list_id: 2 },
      { path: 'client action switch contact_list', fields: { list_id: 2 } },
    ],
    [
      'names no path where the words lead nowhere',
      { controller: 'client', ctype: 'action', action: 'frob' },
      { path: undefined, fields: { action: 'frob' } },
    ],
    [
      'does not take a word of the prototype for one of its own',
      { controller: 'constructor' },
      {
        path: undefined,
        fields: { controller: 'constructor' },
      },
    ],
  ])('%s', (_, chain, read) => {
    expect(readChain(chain)).toEqual(read)
  })

  it('has every synonym point at a field of its own instruction', () => {
    for (const path of paths) {
      const { synonyms = {}, request } = declarationOf(path)
      for (const field of Object.values(synonyms)) expect(Object.keys(request.shape)).toContain(field)
    }
  })
})
