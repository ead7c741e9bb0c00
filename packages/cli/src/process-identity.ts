import { readFileSync } from 'node:fs'

/** The numbers of /proc/PID/stat that follow the name, which may hold spaces and brackets. */
function statOf(pid: number | 'self'): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** Names a process so that a later one with the same pid has another name, where the system tells when it began. */
export function identityOf(pid: number): string {
  const began = statOf(pid)?.[19]
  return began ? `${pid}-${began}` : String(pid)
}

/** Whether the process of that identity still runs. */
export function isAlive(identity: string): boolean {
  const pid = Number(identity.split('-')[0])
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  // One that ended but was not waited for by its parent still has a pid.
  if (statOf(pid)?.[0] === 'Z') return false
  return !identity.includes('-') || identityOf(pid) === identity
}

/** Names the shell this command was typed in: the leader of its session, so that scripts and pipes of one window share it. */
export function shellIdentity(): string {
  const leader = Number(statOf('self')?.[3])
  return identityOf(leader > 0 ? leader : process.ppid)
}
