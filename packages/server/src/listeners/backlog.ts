/** What all connections together may have waiting to be sent before slow readers are cut, in bytes. */
const ALL_BYTES_MAX = 268_435_456
/** What a connection may still have waiting then. */
const SHARE_BYTES = 65_536

/** Counts what waits to be sent on all connections, so that many slow readers together cannot fill the memory. */
export class Backlog {
  /** What waits now. */
  bytes = 0
  private readonly allBytesMax: number

  constructor(allBytesMax = ALL_BYTES_MAX) {
    this.allBytesMax = allBytesMax
  }

  /** Counts bytes that were given to a socket, or, negative, that left it. */
  add(bytes: number): void {
    this.bytes += bytes
  }

  /** Whether a connection with that much waiting is to be cut. */
  isTooSlow(waitingBytes: number): boolean {
    return this.bytes > this.allBytesMax && waitingBytes > SHARE_BYTES
  }
}
