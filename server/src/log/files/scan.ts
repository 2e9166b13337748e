/** Reads a segment from its start and says where its good part ends, why, and what stands in it. */
import type { DiskFile } from './disk.ts'
import { IndexBuilder } from './index-file.ts'
import { upTo } from './piece-writer.ts'
import { type Frame, type FrameNote, follows, nextPlace, pageBytes, type SegmentHeader, sectorBytes } from './record.ts'
import { FrameWindow } from './segment.ts'
import { readFully } from './transfer.ts'

export interface SegmentScan {
  /** Offset behind the last whole group. */
  readonly end: bigint
  /** Where the next group would begin. */
  readonly endPlace: number
  readonly index: IndexBuilder
  /** Records of a group that is not whole stand at the end. */
  readonly isTorn: boolean
  /** The first record that is wanting, which can be inside the group at the end. */
  readonly wanting: { readonly offset: bigint; readonly place: number }
}

export async function scanSegment(file: DiskFile, header: SegmentHeader): Promise<SegmentScan> {
  const { base } = header
  const window = new FrameWindow(file, header)
  const index = new IndexBuilder()
  let end = base
  let endPlace = sectorBytes
  let last: Frame | undefined
  for (;;) {
    const group = await groupAt(window, endPlace, end, last)
    if (!group.isWhole) return { end, endPlace, index, isTorn: group.notes.length > 0, wanting: group }
    for (const note of group.notes) index.add(note)
    end = group.offset
    endPlace = group.place
    last = group.last
  }
}

/** The records of one group, and the offset and place behind them. `previous`: the last record of the group before. */
async function groupAt(window: FrameWindow, place: number, offset: bigint, previous: Frame | undefined) {
  const notes: FrameNote[] = []
  for (;;) {
    const frame = await window.frameAt(place)
    if (frame === undefined || !follows(previous, frame, offset))
      return { isWhole: false, notes, offset, place, last: frame }
    const { count, appendedAt, tag, following } = frame
    notes.push({ offset, place, count, appendedAt, tag: tag && new Uint8Array(tag) })
    offset += BigInt(count)
    place = nextPlace(frame)
    if (following === 0) return { isWhole: true, notes, offset, place, last: frame }
    previous = frame
  }
}

const searchBytes = 1024 * 1024

/**
 * The next record behind `place` that was written when everything before offset `durableTo` was durable already. Finds it wherever
 * a record can stand.
 */
export async function findRecord(
  file: DiskFile,
  header: SegmentHeader,
  place: number,
  durableTo: bigint,
): Promise<Frame | undefined> {
  const { salt } = header
  const window = new FrameWindow(file, header)
  const words = new Uint32Array(Math.min(searchBytes, upTo(pageBytes, await file.size())) / 4)
  const bytes = Buffer.from(words.buffer)
  for (let start = place; ; start += bytes.length) {
    const length = await readFully(file, bytes, start)
    for (let at = 0; at < length >> 2; at += 2) {
      if (words[at] !== salt) continue
      const frame = await window.frameAt(start + at * 4)
      if (frame !== undefined && frame.durableTo >= durableTo) return frame
    }
    if (length < bytes.length) return undefined
  }
}
