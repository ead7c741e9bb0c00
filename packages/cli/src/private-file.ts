import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from './failure.ts'
import { makeFolder } from './folders.ts'

/** Reads a file that only its owner may read, and refuses one others could have read or written; undefined where there is none. */
export function readPrivate(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fault
  }
  try {
    const { mode, uid } = fstatSync(file)
    if (process.getuid && uid !== process.getuid()) {
      throw new Failure('permission', 'file_not_own', `${path} belongs to another user.`, 'It was not read.')
    }
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0')
      throw new Failure(
        'permission',
        'file_not_private',
        `${path} can be used by others (mode ${octal}).`,
        `It was not read. If nobody touched it: chmod 600 ${path}`,
      )
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** Writes a file whole, or not at all, readable by its owner only. */
export function writePrivate(path: string, text: string): void {
  makeFolder(dirname(path))
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(temporary, path)
  } catch (fault) {
    rmSync(temporary, { force: true })
    throw fault
  }
}
