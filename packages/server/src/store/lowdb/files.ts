import {
  chmodSync,
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'

/** A file that is open for writing. */
export interface OpenFile {
  /** Writes at a position and says how many bytes went in, which may be fewer than asked. */
  write(bytes: Uint8Array, position: number): number
  truncate(size: number): void
  /** Resolves once what was written is on disk. */
  sync(): Promise<void>
  /** The same, while everything waits. */
  syncNow(): void
  close(): void
}

/** What the store asks of a file system: its only way to the disk, so that a test can break it. */
export interface Files {
  /** The names in a folder, sorted; none where there is no such folder. */
  list(folder: string): string[]
  /** The whole of a file; undefined where there is none. */
  read(path: string): Uint8Array | undefined
  /** Opens a file for writing, and makes it where there is none; what it holds stays. */
  open(path: string): OpenFile
  rename(from: string, to: string): void
  /** Removes a file or a folder with all that is in it; nothing where there is none. */
  remove(path: string): void
  /** Makes a folder and those above it, or makes sure that nobody else may enter it. */
  makeFolder(path: string): void
  /** Puts the names in a folder on disk. */
  syncFolder(path: string): void
}

/** The machine's file system; nobody but the owner may read what is made in it. */
export const machineFiles: Files = {
  list(folder) {
    return missing(() => readdirSync(folder).sort()) ?? []
  },
  read(path) {
    try {
      return missing(() => readFileSync(path))
    } catch (error) {
      // Of a folder in its place node says that it is one, and not which.
      if (error instanceof Error && !('path' in error))
        Object.assign(error, { message: `${error.message} '${path}'`, path })
      throw error
    }
  },
  open(path) {
    const fd = openSync(path, 'a', 0o600)
    closeSync(fd)
    return new MachineFile(openSync(path, 'r+', 0o600))
  },
  rename: renameSync,
  remove(path) {
    rmSync(path, { recursive: true, force: true })
  },
  makeFolder(path) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if ((statSync(path).mode & 0o777) !== 0o700) chmodSync(path, 0o700)
  },
  syncFolder(path) {
    const fd = openSync(path, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  },
}

class MachineFile implements OpenFile {
  private readonly fd: number

  constructor(fd: number) {
    this.fd = fd
  }

  write(bytes: Uint8Array, position: number): number {
    return writeSync(this.fd, bytes, 0, bytes.byteLength, position)
  }

  truncate(size: number): void {
    ftruncateSync(this.fd, size)
  }

  sync(): Promise<void> {
    // What goes into a file that was removed is kept nowhere, and no fsync would say so.
    if (fstatSync(this.fd).nlink === 0) return Promise.reject(new Error('The file was removed.'))
    return new Promise((resolve, reject) => fdatasync(this.fd, (error) => (error ? reject(error) : resolve())))
  }

  syncNow(): void {
    fsyncSync(this.fd)
  }

  close(): void {
    closeSync(this.fd)
  }
}

function missing<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The bytes of a file, as node's own kind; undefined where there is none. */
export function readWhole(files: Files, path: string): Buffer | undefined {
  const bytes = files.read(path)
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Writes all of it, however many writes that takes. */
export function writeAll(file: OpenFile, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    const written = file.write(done === 0 ? bytes : bytes.subarray(done), position + done)
    if (written <= 0) throw new Error('A write that wrote nothing.')
    done += written
  }
}

/** Puts a whole file on disk under a name that nobody reads yet. */
export function writeWhole(files: Files, path: string, bytes: Uint8Array): void {
  const file = files.open(path)
  try {
    file.truncate(0)
    writeAll(file, bytes, 0)
    file.syncNow()
  } finally {
    file.close()
  }
}
