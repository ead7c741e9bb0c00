const clientIdPattern = /^ewsm-uid:[A-Za-z0-9]{20}:(\d{1,12})$/
const tokenPattern = /^ewsm-st:[A-Za-z0-9]{20}:(\d{1,12})$/
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** How long a session lives on which nobody ever logged in. */
export const UNUSED_SESSION_MS = 600_000
/** A use is stored at most this often; in between it is remembered in memory. */
export const USE_STORED_MS = 600_000
/** The same for such a session where other daemons know only what is stored. */
export const UNUSED_STORED_MS = 60_000
/** How much of a token or client id a list shows. */
const LABEL_LENGTH = 12

/** Twenty alphanumerics from random bytes; every character is as likely as any other. At least 40 bytes are needed. */
function alphanumerics(bytes: Uint8Array): string {
  let text = ''
  // 248 is the largest multiple of 62 in a byte; what lies above would favour the first letters.
  for (const byte of bytes) if (byte < 248 && text.length < 20) text += alphabet[byte % 62]
  return text.padEnd(20, 'A')
}

/** A new client id, from bytes of a CSPRNG. */
export function clientIdFrom(bytes: Uint8Array, now: number): string {
  return `ewsm-uid:${alphanumerics(bytes)}:${Math.floor(now / 1000)}`
}

/** A new session token, from bytes of a CSPRNG. */
export function tokenFrom(bytes: Uint8Array, now: number): string {
  return `ewsm-st:${alphanumerics(bytes)}:${Math.floor(now / 1000)}`
}

/** When a client id says it was made, in ms; undefined where it is none. */
export function clientIdMadeAt(text: string): number | undefined {
  const made = clientIdPattern.exec(text)?.[1]
  return made === undefined ? undefined : Number(made) * 1000
}

/** Whether a text has a session token's form. */
export function isTokenForm(text: string): boolean {
  return tokenPattern.test(text)
}

/** What a list shows of a token or client id. */
export function labelOf(text: string): string {
  return text.slice(0, LABEL_LENGTH)
}
