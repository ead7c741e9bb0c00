import type { Answer, Path } from '@ewallet/protocol'
import type { Speaker } from '../live-values.ts'
import { lookAt, type Picture, pictureAfter } from './picture.ts'

/** What a prompt tells, kept up by answers and events; asked for only where these do not say. */
export class Known {
  private readonly speaker: () => Speaker | undefined
  private readonly onChange: () => void
  private isStale = false
  private looking: Promise<void> | undefined
  private now: Picture

  /** `speaker` is who asks, where somebody can; `onChange` hears that the picture is another. */
  constructor(context: string, speaker: () => Speaker | undefined, onChange: () => void) {
    this.now = { context, isAway: false }
    this.speaker = speaker
    this.onChange = onChange
  }

  get picture(): Picture {
    return this.now
  }

  /** Takes in an answer. */
  hear(path: Path, request: object, answer: Answer<Path>): void {
    const { picture, isStale } = pictureAfter(this.now, path, request, answer)
    // What is being looked at may be older than this answer.
    if (isStale || (this.looking && picture !== this.now)) this.outdate()
    this.show(picture)
  }

  /** Begins anew in another context. */
  move(context: string): void {
    this.show({ context, isAway: this.now.isAway })
  }

  away(isAway: boolean): void {
    if (isAway !== this.now.isAway) this.show({ ...this.now, isAway })
  }

  /** Looks again, once however often it is said. */
  outdate(): void {
    this.isStale = true
    this.looking ??= this.look().finally(() => {
      this.looking = undefined
    })
  }

  /** Waits until it is up to date, or for so many milliseconds. */
  async settled(ms: number): Promise<void> {
    if (!this.looking) return
    let timer: NodeJS.Timeout | undefined
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    await Promise.race([this.looking, waited])
    clearTimeout(timer)
  }

  private async look(): Promise<void> {
    while (this.isStale) {
      const speaker = this.speaker()
      if (!speaker) return
      this.isStale = false
      try {
        const seen = await lookAt(speaker, this.now)
        if (seen.context === this.now.context) this.show({ ...seen, isAway: this.now.isAway })
      } catch {
        // The connection went; whoever brings it back says that this is out of date.
        return
      }
    }
  }

  private show(picture: Picture): void {
    if (picture === this.now) return
    this.now = picture
    this.onChange()
  }
}
