import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** Where ewallet keeps its files; the daemon follows the same rules. */
export interface Folders {
  config: string
  state: string
  data: string
  runtime: string
}

/** Tells the folders by the environment: all under EWALLET_HOME, else where XDG says. */
export function foldersOf(env: Environment): Folders {
  if (env.EWALLET_HOME) {
    const home = resolve(env.EWALLET_HOME)
    return {
      config: join(home, 'config'),
      state: join(home, 'state'),
      data: join(home, 'data'),
      runtime: join(home, 'runtime'),
    }
  }
  const home = env.HOME || homedir()
  const state = join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'ewallet')
  return {
    config: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'ewallet'),
    state,
    data: join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'ewallet'),
    runtime: env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'ewallet') : join(state, 'run'),
  }
}

/** Makes a folder that only its owner can enter, unless it is there. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}
