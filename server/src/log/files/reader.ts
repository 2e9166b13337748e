/**
 * Reads a log in files, in the thread that writes it or in any other: all it needs to know is shared memory. It looks at the
 * files alone for where a record is, and takes none that is not durable or whose checksum is wrong.
 */
import { MillraceError } from '../../errors.ts'
import type { LogReader, LogRecord } from '../log.ts'
import { type Disk, openDisk } from './disk.ts'
import { openCursor, type PartitionFiles, type SegmentCursor, trimmed } from './segment-cursor.ts'
import { type SharedLog, SharedPartition } from './shared.ts'
import { readFailure } from './transfer.ts'

/**
 * A reader of an open log. `shared` may come from another thread; a thread that only waits at the tail is not kept alive by it.
 */
export function openFileLogReader(shared: SharedLog, disk: Disk = openDisk()): LogReader {
  return { read: (partition, from, signal) => readPartition({ log: shared, disk, partition, from }, signal) }
}

async function* readPartition(
  { log, disk, partition, from }: { log: SharedLog; disk: Disk; partition: number; from: bigint },
  signal: AbortSignal,
): AsyncGenerator<LogRecord> {
  const shared = new SharedPartition(log, partition)
  const files = { disk, folder: `${log.folder}/${partition}`, partition, shared }
  checkFrom(files, from)
  let at = from
  let cursor: SegmentCursor | undefined
  try {
    while (!signal.aborted) {
      const { state } = shared // before the end: what is appended before the log is closed is told
      const { end } = shared
      if (at >= end) {
        if (state === 'closed') return
        if (state === 'corrupt') throw atDamage(files, at)
        await shared.changed(end, signal)
        continue
      }
      cursor ??= await openCursor(files, at)
      cursor.forget()
      while (at < end && !signal.aborted) {
        const frame = await cursor.next()
        if (frame === undefined) {
          const left: SegmentCursor = cursor
          cursor = await left.moveOn()
          await left.close()
          at = cursor.offset // past a gap, where a repair gave events up
          continue
        }
        const { offset, count, appendedAt, tag, body } = frame
        at = offset + BigInt(count)
        yield { partition, offset, count, appendedAt, tag, body }
      }
    }
  } catch (error) {
    throw readFailure(error, files.folder)
  } finally {
    await cursor?.close()
  }
}

function checkFrom({ shared, partition }: PartitionFiles, from: bigint): void {
  const { start, end } = shared
  if (from < start) throw trimmed(partition, from, start)
  if (from > end)
    throw new MillraceError(
      'log_corrupt',
      `Partition ${partition} ends at event ${end}, before event ${from} that is asked for`,
      {
        hint: 'The log has lost what was read from it before, or is another one than it was.',
      },
    )
}

function atDamage({ partition }: PartitionFiles, offset: bigint): MillraceError {
  return new MillraceError(
    'log_corrupt',
    `Partition ${partition} is damaged: event ${offset} and those behind it are not read`,
  )
}
