/** Gets whole records out of a damaged segment, and writes them to segments of their own. */
import { randomInt } from 'node:crypto'
import type { Disk, DiskFile } from './disk.ts'
import { encodeGroup } from './encode-group.ts'
import { syncFolder } from './folders.ts'
import { upTo } from './piece-writer.ts'
import {
  encodeHeader,
  type Frame,
  follows,
  formatVersion,
  groupNumbers,
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
 * The records behind a damage that a later group was written behind; and those of the last group, if it began behind the damage and
 * ends as it should. Groups overlap, so the last few may never have been acknowledged: what is whole of them is saved all the same.
 * Their views stay valid.
 */
export async function* recordsBehind(file: DiskFile, header: SegmentHeader, damage: Damage): AsyncGenerator<Frame> {
  const window = new FrameWindow(file, header)
  let unproven: Frame[] = []
  let { offset, place } = damage
  let previous: Frame | undefined
  /** Number of a group that does not count. */
  let leftBehind: number | undefined
  for (;;) {
    const next = await window.frameAt(place)
    const frame = next?.offset === offset ? next : await findRecord(file, header, place, 0n)
    if (frame === undefined) break
    if (isLeftBehind(previous, frame)) leftBehind = frame.group
    if (frame.offset >= offset && frame.group !== leftBehind) {
      if (unproven[0] && frame.groupStart > unproven[0].groupStart) {
        yield* unproven
        unproven = []
      }
      previous = copyOf(frame)
      unproven.push(previous)
      offset = endOf(frame)
    }
    place = nextPlace(frame)
  }
  const last = unproven.at(-1)
  if (last?.following === 0 && last.groupStart > damage.offset) yield* unproven
}

/** Whether a group was written behind another one than the one that stands before it now. */
function isLeftBehind(previous: Frame | undefined, frame: Frame): boolean {
  if (previous?.following !== 0 || frame.groupStart !== frame.offset) return false
  return endOf(previous) === frame.offset && !follows(previous, frame, frame.offset)
}

/** Makes a segment of these records, which must follow one another; none make an empty one. It is durable under its name. */
export async function writeSegment(
  disk: Disk,
  folder: string,
  identity: Omit<SegmentHeader, 'version' | 'salt'>,
  records: readonly Frame[],
): Promise<void> {
  const header = { ...identity, version: formatVersion, salt: randomInt(1, groupNumbers) }
  const draft = `${folder}/repaired-${header.base}`
  const file = await disk.open(draft, 'create')
  try {
    await writeFully(file, [encodeHeader(header)], 0)
    let place = sectorBytes
    for (const { offset, count, appendedAt, tag, body } of records) {
      const append = { partition: header.partition, count, body: [body], ...(tag && { tag }) }
      const stamp = { ...header, group: randomInt(groupNumbers), offset, durableTo: offset, appendedAt, place }
      const group = encodeGroup([append], stamp)
      await writeFully(file, group.pieces, place)
      place = group.nextPlace
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
