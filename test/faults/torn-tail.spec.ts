import { readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aCopy, aFolder, journalOf, open, paid, pay, rewrite, upTo } from './folder.ts'

/** A folder left by a daemon that was killed: 10 payments one by one, then some in one batch. */
async function aKilledFolder(
  last = 5,
): Promise<{ folder: string; segment: string; text: Buffer; lastBatchAt: number }> {
  const folder = aFolder()
  const { store } = await open(folder)
  for (const n of upTo(10)) await pay(store, n)
  const segment = join('journal', journalOf(folder)[0] as string)
  const lastBatchAt = readFileSync(join(folder, segment)).length
  await Promise.all(upTo(last).map((n) => pay(store, 10 + n)))
  return { folder, segment, text: readFileSync(join(folder, segment)), lastBatchAt }
}

describe('a torn tail', () => {
  it('is cut at its first bad line, wherever in the last batch the write ended', async () => {
    const { folder, segment, text, lastBatchAt } = await aKilledFolder(2)
    const copy = aCopy(folder)
    for (let end = lastBatchAt; end < text.length; end += 1) {
      rewrite(join(copy, segment), () => text.subarray(0, end))
      const whole = text.subarray(0, end).toString('latin1').split('\n').length - 1
      const { store, said } = await open(copy)
      expect(await paid(store)).toEqual(upTo(whole))
      // Nothing was begun where the cut is between two lines.
      const isTorn = end > lastBatchAt && text[end - 1] !== 10
      expect(said).toHaveLength(isTorn ? 1 : 0)
      if (isTorn) expect(said[0]).toContain(`${segment}, line ${whole + 1}: cut off`)
      expect(readFileSync(join(copy, segment), 'latin1').split('\n')).toHaveLength(whole + 1)
      rmSync(join(copy, 'manifest.json'), { force: true })
    }
  })

  it('takes what comes after it, and is whole at the next start', async () => {
    const { folder, segment, text } = await aKilledFolder()
    truncateSync(join(folder, segment), text.length - 20)
    const first = await open(folder)
    await pay(first.store, 15)
    await first.store.close()
    const next = await open(folder)
    expect(await paid(next.store)).toEqual(upTo(15))
    expect(next.said).toEqual([])
    await next.store.close()
  })

  it.each<[string, (batch: Buffer) => void]>([
    ['its first page is missing', (batch) => batch.fill(0, 0, 512)],
    ['a page in its middle is missing', (batch) => batch.fill(0, 600, 900)],
    ['its last page is missing', (batch) => batch.fill(0, batch.length - 300)],
    ['only its last page is there', (batch) => batch.fill(0, 0, batch.length - 300)],
    ['one bit of it fell over', (batch) => batch.writeUInt8(batch.readUInt8(700) ^ 4, 700)],
  ])('is cut where %s', async (_, spoil) => {
    const { folder, segment, text, lastBatchAt } = await aKilledFolder()
    rewrite(join(folder, segment), (bytes) => {
      spoil(bytes.subarray(lastBatchAt))
      return bytes
    })
    const { store, said } = await open(folder)
    const kept = await paid(store)
    expect(kept).toEqual(upTo(kept.length))
    expect(kept.length).toBeGreaterThanOrEqual(10)
    expect(kept.length).toBeLessThan(15)
    expect(said[0]).toContain(`${segment}, line ${kept.length + 1}: cut off`)
    expect(readFileSync(join(folder, segment))).toEqual(text.subarray(0, readFileSync(join(folder, segment)).length))
    await store.close()
  })

  it('is cut where garbage follows the last line', async () => {
    const { folder, segment } = await aKilledFolder()
    rewrite(join(folder, segment), (bytes) =>
      Buffer.concat([bytes, Buffer.from('{"seq":16,"batch":16,"at"'), Buffer.alloc(99)]),
    )
    const { store, said } = await open(folder)
    expect(await paid(store)).toEqual(upTo(15))
    expect(said).toHaveLength(1)
    await store.close()
  })
})

describe('a corrupt middle', () => {
  it.each([1, 4, 9])('in line %d is refused by its place, and nothing is changed', async (line) => {
    const { folder, segment } = await aKilledFolder()
    rewrite(join(folder, segment), (bytes) => {
      const start =
        bytes
          .toString('latin1')
          .split('\n', line - 1)
          .join('\n').length + 40
      bytes.writeUInt8(bytes.readUInt8(start) ^ 1, start)
      return bytes
    })
    const before = readFileSync(join(folder, segment))
    await expect(open(folder)).rejects.toThrow(`${segment}, line ${line}: `)
    await expect(open(folder)).rejects.toThrow('restore a backup')
    expect(readFileSync(join(folder, segment))).toEqual(before)
  })

  it('is a line that is missing, or stands twice, or elsewhere', async () => {
    const { folder, segment } = await aKilledFolder()
    const lines = readFileSync(join(folder, segment), 'utf8').split('\n')
    const [one, two, three] = lines as [string, string, string]
    for (const spoiled of [
      [one, three, ...lines.slice(3)],
      [one, two, two, ...lines.slice(2)],
      [one, three, two, ...lines.slice(3)],
    ]) {
      rewrite(join(folder, segment), () => Buffer.from(spoiled.join('\n')))
      await expect(open(folder)).rejects.toThrow(new RegExp(`^${segment}, line [23]: `))
    }
  })

  it('is a segment that is missing, first, middle or last', async () => {
    const folder = aFolder()
    const { store } = await open(folder, { checkpointBytes: 1500 })
    for (const n of upTo(20)) await pay(store, n)
    await store.close()
    const segments = journalOf(folder)
    expect(segments.length).toBeGreaterThan(4)
    for (const name of [segments[0], segments[2], segments.at(-2)] as string[]) {
      const copy = aCopy(folder)
      rmSync(join(copy, 'journal', name))
      await expect(open(copy)).rejects.toThrow(`journal/${name}, line 1: It is not there.`)
      // Even where nothing but the journal is left.
      rmSync(join(copy, 'manifest.json'))
      if (name !== segments.at(-2)) await expect(open(copy)).rejects.toThrow(/journal\/\d+.* It begins with \d+/)
    }
  })

  it('is a journal that ends before its picture', async () => {
    const folder = aFolder()
    const { store } = await open(folder)
    for (const n of upTo(5)) await pay(store, n)
    await store.close()
    rmSync(join(folder, 'journal'), { recursive: true })
    await expect(open(folder)).rejects.toThrow('journal')
  })
})
