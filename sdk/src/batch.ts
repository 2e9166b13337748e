/**
 * Events that travel together, from the first that is taken until each is answered for. What they are kept as is the platform's
 * business: objects, or bytes as they are sent, which garbage collectors need not walk through.
 */
import type { Batch, Contents } from './parts.ts'
import type { SpoolFile } from './platform.ts'
import { never } from './timer.ts'
import type { StoredEvent } from './types.ts'

export function newBatch(lane: string, contents: Contents, at: number): Batch {
  const isRead = at === -never
  return { lane, contents, isRead, count: 0, bytes: 0, at, files: [], parts: [], attempt: 0, startedAt: 0 }
}

/** False: it takes no more. */
export function addTo(batch: Batch, event: StoredEvent, bytes: number, file: SpoolFile | undefined): boolean {
  if (!batch.contents.add(event)) return false
  batch.stream = batch.count === 0 || batch.stream === event.stream ? event.stream : undefined
  if (file) batch.files[batch.count] = file
  batch.count++
  batch.bytes += bytes
  return true
}

/** Takes the first events of a batch away, as a batch of their own; both make other requests than before. */
export function cutBatch(batch: Batch, count: number): Batch {
  const { contents, bytes, files, parts } = batch
  batch.id = ''
  const part = { ...batch, contents: contents.cut(count), count, files: files.splice(0, count), parts: [] }
  part.bytes = Math.round((bytes * count) / batch.count)
  batch.bytes -= part.bytes
  batch.count -= count
  parts.push(part)
  return part
}

export function isAnswered({ isSettled, parts }: Batch): boolean {
  return isSettled === true && parts.every(isAnswered)
}

/** Contents that are objects. */
export function listContents(list: StoredEvent[] = []): Contents {
  return {
    add: (event) => list.push(event) > 0,
    events: () => list,
    cut: (count) => listContents(list.splice(0, count)),
  }
}
