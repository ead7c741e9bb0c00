import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { foldersOf } from '../../packages/cli/src/folders.ts'
import { readPrivate, writePrivate } from '../../packages/cli/src/private-file.ts'
import { aFolder } from './stand.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

describe('foldersOf', () => {
  it('puts everything under EWALLET_HOME', () => {
    expect(foldersOf({ EWALLET_HOME: '/w', XDG_STATE_HOME: '/s', HOME: '/home/ada' })).toEqual({
      config: '/w/config',
      state: '/w/state',
      data: '/w/data',
      runtime: '/w/runtime',
    })
  })

  it('follows XDG', () => {
    const env = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d', XDG_RUNTIME_DIR: '/r', HOME: '/h' }
    expect(foldersOf(env)).toEqual({
      config: '/c/ewallet',
      state: '/s/ewallet',
      data: '/d/ewallet',
      runtime: '/r/ewallet',
    })
  })

  it('falls back to the places below HOME, and to the state folder for what lasts as long as the daemon', () => {
    expect(foldersOf({ HOME: '/home/ada' })).toEqual({
      config: '/home/ada/.config/ewallet',
      state: '/home/ada/.local/state/ewallet',
      data: '/home/ada/.local/share/ewallet',
      runtime: '/home/ada/.local/state/ewallet/run',
    })
  })
})

describe('a private file', () => {
  it('is made for its owner only, and so is its folder', () => {
    const file = join(aFolder(), 'state', 'sessions.json')
    writePrivate(file, 'x')
    expect(modeOf(file)).toBe(0o600)
    expect(modeOf(join(file, '..'))).toBe(0o700)
    expect(readPrivate(file)).toBe('x')
  })

  it.each([0o640, 0o604, 0o666])('is refused with mode %o', (mode) => {
    const file = join(aFolder(), 'sessions.json')
    writeFileSync(file, 'x')
    chmodSync(file, mode)
    expect(() => readPrivate(file)).toThrow(`${file} can be used by others (mode 0${mode.toString(8)}).`)
  })

  it('is undefined where there is none', () => {
    expect(readPrivate(join(aFolder(), 'none'))).toBeUndefined()
  })

  it('leaves nothing behind where it cannot be written', () => {
    const folder = aFolder()
    const place = join(folder, 'taken')
    mkdirSync(place)
    expect(() => writePrivate(place, 'x')).toThrow()
    expect(statSync(folder).nlink).toBe(3)
  })
})
