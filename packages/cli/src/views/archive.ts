import type { Ink, Piece } from './view.ts'

/** Things by id with their names, the active one marked: `● 1 Credit EWallet, 4 Holidays`. */
export function archiveOf(archive: Readonly<Record<string, string>>, active: number | null, { mark }: Ink): Piece[] {
  return Object.entries(archive).map(([id, reference]) =>
    Number(id) === active ? { text: `${mark} ${id} ${reference}`, tint: 'green' } : { text: `${id} ${reference}` },
  )
}
