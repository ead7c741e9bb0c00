import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anEndedDaemon } from '../process.ts'
import { aCopy, aFolder, open, pay, upTo } from './folder.ts'

const restoring = 'Nothing was changed. Keep the folder as it is, and restore a backup.'
const redrawing = 'Nothing was changed. The journal has all of it: remove manifest.json and stores/, and start again.'

describe('a daemon on a data folder of which something was removed', () => {
  it.each([
    ['its stores', ['stores'], /^ewalletd: stores\/\w+\.0\.json, line 1: The file is not there\. /, redrawing],
    ['one store', ['stores/entries.0.json'], /^ewalletd: stores\/entries\.0\.json, line 1: The file is /, redrawing],
    ['its journal', ['journal'], /^ewalletd: journal\/0+1\.ndjson\.gz, line 1: It is not there\. /, restoring],
    ['all but the manifest', ['journal', 'stores'], /^ewalletd: journal\/0+1\.ndjson\.gz, line 1: It is /, restoring],
    [
      'the first segment',
      ['journal/000000000001.ndjson.gz'],
      /^ewalletd: journal\/0+1\.ndjson\.gz, line 1: /,
      restoring,
    ],
    ['all but the stores', ['journal', 'manifest.json'], /^ewalletd: journal, line 1: It is empty, though /, restoring],
  ])('names what is gone and what to do, and ends with 1: %s', async (_, names, said, advice) => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 3_000 })
    for (const n of upTo(20)) await pay(store, n)
    await store.close()
    const half = aCopy(folder)
    for (const name of names) rmSync(join(half, name), { recursive: true })
    const left = readdirSync(half, { recursive: true }).length
    const { exitCode, stderr } = await anEndedDaemon({ EWALLET_HOME: dirname(half), EWALLET_PORT: '0' })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(said)
    expect(stderr).toContain(advice)
    expect(stderr).not.toMatch(/TypeError|\n {4}at /)
    // Nothing is removed; folders are made at the most.
    expect(readdirSync(half, { recursive: true }).length).toBeGreaterThanOrEqual(left)
  })
})
