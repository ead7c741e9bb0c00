import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { type Config, networksOf } from '../config.ts'
import { openDoor } from './http.ts'
import type { Reception } from './reception.ts'

/** The admin channel as it is open: who can open its socket file is the operator. */
export interface AdminSocket {
  path: string
  close(patienceMs: number): Promise<void>
}

/**
 * Opens the admin channel in a folder that only this user can enter and that no other daemon has at the same time. Its name is
 * never used twice, so that what an earlier daemon left written down leads nowhere.
 */
export async function openAdminSocket(folder: string, config: Config, reception: Reception): Promise<AdminSocket> {
  for (const name of readdirSync(folder)) if (/^admin-[0-9a-f]{8}\.sock$/.test(name)) rmSync(join(folder, name))
  const path = join(folder, `admin-${randomBytes(4).toString('hex')}.sock`)
  const { server, close } = openDoor({
    reception,
    isLocal: true,
    hostNames: undefined,
    origins: [],
    trustedProxies: networksOf([]),
    limits: config,
    tls: undefined,
    turnstile: undefined,
  })
  await listening(server, path)
  try {
    chmodSync(path, 0o600)
  } catch (error) {
    await close(0)
    throw error
  }
  return {
    path,
    async close(patienceMs) {
      await close(patienceMs)
      rmSync(path, { force: true })
    },
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
