/**
 * Events in memory as the bytes of their request's body to Millrace: a garbage collector that walks through ten thousand small objects over and
 * over lets the heap grow to several times what is in it.
 */
import type { Contents } from '../parts.ts'
import type { Settings } from '../settings.ts'
import type { StoredEvent } from '../types.ts'
import { millraceLine } from '../wire.ts'

/** Kept for the next batches: as many as are under way and filled at one time, with the default of two workers. */
const sparesMax = 4
/** What surrounds data may be longer than the backlog counts. */
const slackBytes = 32 * 1024

export function openPacks({ batchBytes }: Pick<Settings, 'batchBytes'>): () => Contents {
  const bytesMin = batchBytes + slackBytes
  const spares: Buffer[] = []

  /** The first `to` bytes are taken. */
  function openPack(buffer?: Buffer, to = 0): Contents {
    let from = 0
    let isShared = buffer !== undefined
    const body = () => (buffer ?? none).subarray(from, to)
    return {
      add(event) {
        const text = millraceLine(event)
        if (buffer === undefined) {
          const isUsual = text.length * bytesOfUnitMax <= bytesMin
          buffer = isUsual
            ? (spares.pop() ?? Buffer.allocUnsafeSlow(bytesMin))
            : Buffer.allocUnsafeSlow(Buffer.byteLength(text))
        }
        const room = buffer.length - to
        if (text.length * bytesOfUnitMax > room && Buffer.byteLength(text) > room) return false
        to += buffer.write(text, to)
        return true
      },
      events: () => body().toString().split('\n').slice(0, -1).map(eventOf),
      cut(count) {
        const start = from
        for (let n = 0; n < count; n++) from = buffer!.indexOf(lineFeed, from) + 1
        isShared = true
        return openPack(buffer!.subarray(start, from), from - start)
      },
      body,
      spare: () => (buffer ?? none).subarray(to),
      free() {
        if (buffer?.length === bytesMin && !isShared && spares.length < sparesMax) spares.push(buffer)
        buffer = undefined
      },
    }
  }
  return () => openPack()
}

const none = Buffer.alloc(0)
const lineFeed = 10
/** Bytes of UTF-8 that a unit of UTF-16 takes at most. */
const bytesOfUnitMax = 3

/** An event of its line. The data is the text that it was, as some numbers are not what they are written as. */
function eventOf(line: string): StoredEvent {
  const at = line.indexOf(beforeData) // a quote within a name is escaped
  const { type, id, time } = JSON.parse(`${line.slice(0, at)}}`) as { type: string; id: string; time: number }
  return { stream: type, id, time, data: line.slice(at + beforeData.length, -1) }
}

const beforeData = ',"data":'
