/** Gets whole records out of a damaged segment, and writes them to segments of their own. */
import { randomInt } from 'node:crypto'
import type { Disk, DiskFile } from './disk.ts'
import { syncFolder } from './folders.ts'
import { encodeGroup, encodeHeader, type Frame, follows, nextPlace, pageBytes, type SegmentHeader, sectorBytes, upTo } from './record.ts'
import { findRecord } from './scan.ts'
import { FrameWindow, segmentName } from './segment.ts'
import { writeFully } from './transfer.ts'

/**
 * The records behind a place, group by group. The last group is told only if it is whole: nothing proves of another that it was
 * acknowledged.
 */
export async function* recordsBehind(file: DiskFile, header: SegmentHeader, place: number): AsyncGenerator<Frame[]> {
  const window = new FrameWindow(file, header.salt)
  let found = await findRecord(file, header, place, 0n)
  while (found) {
    let group = [copyOf(found)]
    let previous: Frame = found
    for (;;) {
      if (previous.following === 0) {
        yield group
        group = []
      }
      const frame = await window.frameAt(nextPlace(previous))
      if (frame === undefined || !follows(previous, frame, endOf(previous))) break
      group.push(copyOf(frame))
      previous = frame
    }
    found = await findRecord(file, header, nextPlace(previous), endOf(previous) + 1n)
    if (found && group.length > 0) yield group
  }
}

/** Makes a segment of these records, which must follow one another; none make an empty one. It is durable under its name. */
export async function writeSegment(
  disk: Disk,
  folder: string,
  identity: Omit<SegmentHeader, 'salt'>,
  records: readonly Frame[],
): Promise<void> {
  const header = { ...identity, salt: randomInt(1, 2 ** 32) }
  const draft = `${folder}/repaired-${header.base}`
  const file = await disk.open(draft, 'create')
  try {
    await writeFully(file, [encodeHeader(header)], 0)
    let place = sectorBytes
    for (const { offset, count, appendedAt, tag, body } of records) {
      const append = { partition: header.partition, count, body: [body], ...(tag && { tag }) }
      const group = encodeGroup([append], { salt: header.salt, group: randomInt(2 ** 32), offset, appendedAt, place })
      await writeFully(file, group.pieces, place)
      place = upTo(sectorBytes, place + group.bytes)
    }
    await writeFully(file, [Buffer.alloc(upTo(pageBytes, place) - place)], place)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(draft, `${folder}/${segmentName(header.base)}`)
  await syncFolder(disk, folder)
}

export function endOf({ offset, count }: Frame): bigint {
  return offset + BigInt(count)
}

function copyOf(frame: Frame): Frame {
  return { ...frame, body: new Uint8Array(frame.body), tag: frame.tag && new Uint8Array(frame.tag) }
}
