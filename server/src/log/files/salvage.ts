/** Gets whole records out of a damaged segment, and writes them to segments of their own. */
import { randomInt } from 'node:crypto'
import type { Disk, DiskFile } from './disk.ts'
import { syncFolder } from './folders.ts'
import { upTo } from './piece-writer.ts'
import {
  encodeGroup,
  encodeHeader,
  type Frame,
  formatVersion,
  nextPlace,
  pageBytes,
  type SegmentHeader,
  sectorBytes,
} from './record.ts'
import type { Damage } from './recovery.ts'
import { findRecord } from './scan.ts'
import { FrameWindow, segmentName } from './segment.ts'
import { writeFully } from './transfer.ts'

/**
 * The records behind a damage of which a later group proves that they were acknowledged; and those of the last group, if it
 * began behind the damage and ends as it should. Their views stay valid.
 */
export async function* recordsBehind(file: DiskFile, header: SegmentHeader, damage: Damage): AsyncGenerator<Frame> {
  const window = new FrameWindow(file, header)
  let unproven: Frame[] = []
  let { offset, place } = damage
  for (;;) {
    const next = await window.frameAt(place)
    const frame = next?.offset === offset ? next : await findRecord(file, header, place, 0n)
    if (frame === undefined) break
    if (frame.offset >= offset) {
      if (unproven[0] && frame.groupStart > unproven[0].groupStart) {
        yield* unproven
        unproven = []
      }
      unproven.push(copyOf(frame))
      offset = endOf(frame)
    }
    place = nextPlace(frame)
  }
  const last = unproven.at(-1)
  if (last?.following === 0 && last.groupStart > damage.offset) yield* unproven
}

/** Makes a segment of these records, which must follow one another; none make an empty one. It is durable under its name. */
export async function writeSegment(
  disk: Disk,
  folder: string,
  identity: Omit<SegmentHeader, 'version' | 'salt'>,
  records: readonly Frame[],
): Promise<void> {
  const header = { ...identity, version: formatVersion, salt: randomInt(1, 2 ** 32) }
  const draft = `${folder}/repaired-${header.base}`
  const file = await disk.open(draft, 'create')
  try {
    await writeFully(file, [encodeHeader(header)], 0)
    let place = sectorBytes
    for (const { offset, count, appendedAt, tag, body } of records) {
      const append = { partition: header.partition, count, body: [body], ...(tag && { tag }) }
      const group = encodeGroup([append], { ...header, group: randomInt(2 ** 32), offset, appendedAt, place })
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
