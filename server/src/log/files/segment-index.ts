/** The index beside a segment: taken from disk where it is good, made again from the segment where it is not. */
import type { Disk, DiskFile } from './disk.ts'
import { type IndexSummary, readEntries, readSummary } from './index-file.ts'
import type { SegmentHeader } from './record.ts'
import { type SegmentScan, scanSegment } from './scan.ts'
import { indexName, openSegment, segmentName } from './segment.ts'
import { writeFully } from './transfer.ts'

/** A sealed segment, and the first record that is not in it. */
export interface Indexed {
  readonly summary: IndexSummary
  readonly wanting: SegmentScan['wanting']
}

/** What the index says of a segment. It is made again where it is missing, damaged, or says more than the file holds. */
export async function trustedSummary(
  disk: Disk,
  folder: string,
  segment: DiskFile,
  header: SegmentHeader,
): Promise<Indexed> {
  const summary = await fromIndex(disk, folder, header, readSummary)
  if (summary && (await segment.size()) >= summary.endPlace)
    return { summary, wanting: { offset: summary.end, place: summary.endPlace } }
  return makeIndex(disk, folder, segment, header)
}

/** What the index would say, from the segment itself. */
export async function scannedSummary(segment: DiskFile, header: SegmentHeader): Promise<Indexed> {
  const { index, end, endPlace, wanting } = await scanSegment(segment, header)
  return { summary: index.encode(header, end, endPlace).summary, wanting }
}

/** Scans a sealed segment and writes its index. Nobody syncs it: where it is lost it is made again. */
async function makeIndex(
  disk: Disk,
  folder: string,
  segment: DiskFile,
  header: SegmentHeader,
): Promise<Indexed & { entries: Buffer }> {
  const { index, end, endPlace, wanting } = await scanSegment(segment, header)
  const { bytes, summary } = index.encode(header, end, endPlace)
  // failpoint: log.recover.scanned
  const file = await disk.open(`${folder}/${indexName(header.base)}`, 'create')
  try {
    await writeFully(file, bytes, 0)
  } finally {
    await file.close()
  }
  // failpoint: log.recover.indexed
  return { summary, wanting, entries: index.entries() }
}

/** The entries of a sealed segment; none where it has been trimmed meanwhile. */
export async function sealedEntries(disk: Disk, folder: string, header: SegmentHeader): Promise<Buffer> {
  const entries = await fromIndex(disk, folder, header, readEntries)
  if (entries) return entries
  const segment = await openSegment(disk, `${folder}/${segmentName(header.base)}`)
  if (segment === undefined) return Buffer.alloc(0)
  try {
    return (await makeIndex(disk, folder, segment.file, header)).entries
  } finally {
    await segment.file.close()
  }
}

/** What `read` finds in the index of a segment; undefined where there is no index. */
export async function fromIndex<T>(
  disk: Disk,
  folder: string,
  header: SegmentHeader,
  read: (file: DiskFile, header: SegmentHeader) => Promise<T | undefined>,
): Promise<T | undefined> {
  const file = await disk.open(`${folder}/${indexName(header.base)}`, 'read').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    return await read(file, header)
  } finally {
    await file.close()
  }
}
