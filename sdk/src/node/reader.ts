/** Hands out what waits in files of the spool, event by event: what is short-lived costs next to no memory. */
import type { SpooledEvent } from '../platform.ts'
import type { Segment } from './segment.ts'

export interface ReaderParts {
  /** The oldest file that waits; undefined: there is none. */
  shift(): Segment | undefined
  /** Lines of it; undefined: it cannot be read, and somebody was told. */
  lines(segment: Segment): ReturnType<Segment['read']> | undefined
  /** So many lines were no events. */
  damaged(count: number): void
  /** Nothing in it is needed. */
  remove(segment: Segment): void
}

export interface Reader {
  /** Lines of the file that is being read that are not handed out yet. */
  readonly count: number
  read(eventsMax: number): Iterable<SpooledEvent<string>>
}

export function openReader({ shift, lines, damaged, remove }: ReaderParts): Reader {
  let reading: { readonly segment: Segment; next: ReturnType<Segment['read']>['next']; damaged: number } | undefined

  function open(segment: Segment): void {
    segment.seal()
    const found = lines(segment)
    if (found === undefined) damaged(segment.queued)
    segment.queued = found?.lines ?? 0
    segment.left = segment.queued
    if (found && found.lines > 0) reading = { segment, next: found.next, damaged: 0 }
    else remove(segment)
  }

  function end({ segment, damaged: count }: NonNullable<typeof reading>): void {
    reading = undefined
    if (count > 0) damaged(count)
    if (segment.left === 0) remove(segment)
  }

  return {
    get count() {
      return reading?.segment.queued ?? 0
    },
    *read(eventsMax) {
      for (let left = eventsMax; left > 0; ) {
        for (let next = reading ? undefined : shift(); next; next = reading ? undefined : shift()) open(next)
        if (reading === undefined) return
        const { segment } = reading
        const event = reading.next()
        segment.queued--
        if (event === undefined) {
          segment.left--
          reading.damaged++
        }
        if (segment.queued === 0) end(reading)
        if (event === undefined) continue
        left--
        yield { event, file: segment.path }
      }
    },
  }
}
