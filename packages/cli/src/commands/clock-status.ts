import type { Request } from '@ewallet/protocol'
import { exitCodes } from '@ewallet/protocol'
import { granted } from '../failure.ts'
import { fieldsOf, readTyped } from '../fields.ts'
import type { SpecialCommand } from './command.ts'

const path = 'client action view credit clock'

/** Shows the clock, and says by its exit code whether a timer runs. */
export const clockStatus: SpecialCommand = {
  options: [['--clock <n>', 'another clock than the active one']],
  examples: ['ewallet clock status', 'ewallet clock status --json', 'ewallet clock status -q || ewallet clock start'],
  notes: 'A paused timer counts as one that runs.',
  async run(given) {
    const request: Request<typeof path> = {}
    const typed = given.options.clock
    const field = fieldsOf(path).find(({ name }) => name === 'clock_id')
    if (typeof typed === 'string' && field) request.clock_id = readTyped(field, typed) as number
    const answer = granted(await given.link().say(path, request))
    await given.answer(path, answer)
    return answer.clock_data.clock_state === 'inactive' ? exitCodes.no : 0
  },
}
