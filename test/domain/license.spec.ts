import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LICENSE_TEXT, LICENSE_VERSION } from '../../packages/server/src/domain/license.ts'

describe('the licence', () => {
  it('is version 1.0, and reads as the file LICENSE', () => {
    expect(LICENSE_VERSION).toBe('1.0')
    const file = readFileSync(join(import.meta.dirname, '..', '..', 'LICENSE'), 'utf8')
    expect(LICENSE_TEXT.trim()).toBe(file.trim())
  })
})
