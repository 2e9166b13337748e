/** How fast something goes, of the last seconds. Pure: the clock is an argument. */

export interface Speed {
  /** So much was done in all, at `now`. */
  note(done: number, now: number): void
  /** Undefined where nobody knows yet. */
  perSecond(now: number): number | undefined
}

const windowMs = 5_000
const notesApartMs = 100

export function openSpeed(startedAt: number): Speed {
  const notes = [{ done: 0, at: startedAt }]
  let last = notes[0]!
  return {
    note(done, at) {
      last = { done, at }
      if (at - notes.at(-1)!.at >= notesApartMs) notes.push(last)
    },
    perSecond(now) {
      while (notes.length > 1 && notes[1]!.at < now - windowMs) notes.shift()
      const first = notes[0]!
      const seconds = (now - first.at) / 1000
      return last.done > first.done && seconds > 0 ? (last.done - first.done) / seconds : undefined
    },
  }
}
