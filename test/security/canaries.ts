import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Every file below a folder with its text, unpacked; what is kept for the user alone, the session's token, is told apart. */
export function filesBelow(folder: string): { name: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const name = join(entry.parentPath, entry.name)
      const bytes = readFileSync(name)
      return {
        name: name.slice(folder.length + 1),
        text: (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1'),
      }
    })
}

/** Where any of the secrets stands, as it is or in the ways texts travel. */
export function whereTold(secrets: readonly string[], texts: readonly { name: string; text: string }[]): string[] {
  const ways = (secret: string) => [
    secret,
    Buffer.from(secret).toString('base64').slice(0, -4),
    encodeURIComponent(secret),
  ]
  return texts.flatMap(({ name, text }) =>
    secrets.flatMap((secret) => (ways(secret).some((way) => text.includes(way)) ? [`${secret} in ${name}`] : [])),
  )
}

/** The command lines of every process of this machine, as `ps` shows them. */
export function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        // It ended meanwhile.
        return ''
      }
    })
    .join('\n')
}
