import { describe, expect, it } from 'vitest'
import type { Bar } from '../../packages/cli/src/output/chart.ts'
import { printChart } from '../../packages/cli/src/output/print.ts'
import { aPaper, aStyle, lines } from './paper.ts'

const aBar = (label: string, value: number): Bar => ({ label, value, figure: `${value} min` })
const week = [aBar('Mon', 8), aBar('Tue', 4), aBar('Wed', 0), aBar('Thu', 3.5), aBar('Fri', 0.01)]

async function chart(
  bars: readonly Bar[],
  columns: number | undefined,
  ascii = false,
  colour = false,
): Promise<string> {
  const paper = aPaper(columns === undefined ? {} : { columns, colour })
  await printChart(paper, aStyle({ ascii }), bars)
  return paper.out()
}

describe('a chart', () => {
  it('draws the longest bar as wide as fits, to an eighth of a column', async () => {
    expect(await chart(week, 30)).toBe(
      lines(`
        Mon     8 min  ███████████████
        Tue     4 min  ███████▌
        Wed     0 min
        Thu   3.5 min  ██████▋
        Fri  0.01 min  ▏
      `),
    )
  })

  it('draws with ASCII alone where asked to', async () => {
    expect(await chart(week, 30, true)).toBe(
      lines(`
        Mon     8 min  ###############
        Tue     4 min  ########
        Wed     0 min
        Thu   3.5 min  #######
        Fri  0.01 min  #
      `),
    )
  })

  it.each([20, 40, 60, 80, 120])('fits %i columns', async (columns) => {
    const drawn = await chart([...week, aBar('a label much too long for any chart', 7)], columns)
    expect(drawn.split('\n').filter((line) => line.length > columns)).toEqual([])
  })

  it('aligns labels of wide characters', async () => {
    const drawn = await chart([aBar('山田', 8), aBar('bob', 8)], 40)
    expect(drawn).toMatch(/^山田 {2}8 min {2}█+\nbob {3}8 min {2}█+\n$/)
  })

  it('shows hostile labels', async () => {
    expect(await chart([aBar('\u001b[31m', 1)], 40)).toContain('\\x1b[31m')
  })

  it('colours bars only where colour may be written', async () => {
    expect(await chart(week, 40)).not.toContain('\u001b')
    expect(await chart(week, 40, false, true)).toContain('\u001b[36m█')
  })

  it('draws nothing of nothing', async () => {
    expect(await chart([], 40)).toBe('')
    expect(await chart([aBar('Mon', 0)], undefined)).toBe('Mon  0 min\n')
  })
})
