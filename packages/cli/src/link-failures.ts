import { type Refusal, refusals } from '@ewallet/protocol'
import { Failure, unreachable } from './failure.ts'

/** Whether a refusal settles what became of the command. */
export function isDecided({ code }: Refusal): boolean {
  const exit = (refusals as Partial<typeof refusals>)[code]?.exit
  return exit !== undefined && exit !== 'unreachable' && exit !== 'fault'
}

/** Whether a refusal says that the daemon does not know what was said, since it is of another version. */
export function isUnknownTo({ code, details }: Refusal): boolean {
  return code === 'unknown_instruction' || (code === 'malformed_request' && details?.field === 'header.pipeline')
}

/** What to tell where no answer came: whether it was sent, and whether it may be sent again. */
export function lostBecause(fault: Error, sent: boolean, safe: boolean): Error {
  if (!sent)
    return fault instanceof Failure ? fault : unreachable(fault.message, 'Nothing was done; it is safe to try again.')
  return unreachable(
    fault.message,
    safe ? 'It is safe to give the same command again.' : 'Whether it was done is not known.',
  )
}

/** The link was closed under what was said. */
export function givenUp(): Failure {
  return unreachable('The connection to the daemon was closed.', 'Nothing was done; it is safe to try again.')
}

/** The daemon does not know what was said. */
export function versionsDiffer(): Failure {
  return new Failure(
    'version',
    'versions_differ',
    'The daemon does not know this instruction: its version and this one do not fit.',
    'Restart it with: ewallet daemon stop, then ewallet daemon start.',
  )
}
