/**
 * How a file becomes a segment, and how one that is full gets its index. A segment can be written to before it has its name: nobody
 * reads it until then, and it gets it when everything before it is durable.
 */
import { randomInt } from 'node:crypto'
import { ActiveSegment } from './active-segment.ts'
import type { Disk, DiskFolder } from './disk.ts'
import { IndexBuilder } from './index-file.ts'
import { encodeHeader, formatVersion, groupNumbers, type SegmentHeader, sectorBytes } from './record.ts'
import { indexName, segmentName } from './segment.ts'
import type { Spare, Spares } from './spares.ts'
import { type Halt, writeFully } from './transfer.ts'

export interface Beginning {
  readonly disk: Disk
  readonly folderPath: string
  readonly folder: DiskFolder
  readonly spares: Spares
  readonly halt: Halt
  readonly segmentBytes: number
}

/** Makes a spare file the segment that begins at `base`: when it has its name, its header is durable. `afterLoss`: see `record.ts`. */
export async function beginSegment(
  parts: Beginning,
  identity: Omit<SegmentHeader, 'version' | 'salt'>,
): Promise<ActiveSegment> {
  const unnamed = new UnnamedSegment(parts, identity, await parts.spares.take())
  try {
    await unnamed.name()
  } catch (error) {
    await unnamed.giveBack()
    throw error
  }
  return unnamed.segment
}

/** A spare file that is on its way to become a segment. */
export class UnnamedSegment {
  readonly segment: ActiveSegment
  /** Its header is durable: from here on groups may be written to it, which count when it has its name. */
  readonly headed: Promise<void>
  readonly #parts: Beginning
  readonly #spare: Spare

  constructor(parts: Beginning, identity: Omit<SegmentHeader, 'version' | 'salt'>, spare: Spare) {
    const { folderPath, segmentBytes } = parts
    const header = { ...identity, version: formatVersion, salt: randomInt(1, groupNumbers) }
    const { base } = header
    const path = `${folderPath}/${segmentName(base)}`
    const empty = { index: new IndexBuilder(), end: base, endPlace: sectorBytes, isTorn: false }
    this.#parts = parts
    this.#spare = spare
    this.segment = new ActiveSegment({ header, path, segmentBytes, file: spare.file, ...empty }, spare.isRecycled)
    this.headed = this.#head(header)
    this.headed.catch(() => {}) // told to whoever writes to it, or names it
  }

  async #head(header: SegmentHeader): Promise<void> {
    const { file } = this.#spare
    await writeFully(file, [encodeHeader(header)], 0)
    // failpoint: log.rotate.written
    await this.#parts.halt.synced(file)
    // failpoint: log.rotate.headed
  }

  /** Gives it its name, durably; when everything before it is. @throws MillraceError `log_stopped`, or the error of the disk. */
  async name(): Promise<void> {
    const { disk, halt, folder } = this.#parts
    await this.headed
    await disk.rename(this.#spare.path, this.segment.path)
    // failpoint: log.rotate.renamed
    await halt.synced(folder)
    // failpoint: log.rotate.linked
  }

  /** Makes it a spare again, where it got no name or the log has stopped. Nothing may be on its way to it. */
  async giveBack(): Promise<void> {
    await this.headed.catch(() => {})
    await this.#parts.spares.giveBack(this.#spare)
  }
}

/** Writes the index of a segment that was sealed, and makes it durable. */
export async function writeIndex(
  parts: Pick<Beginning, 'disk' | 'folderPath' | 'folder' | 'halt'>,
  base: bigint,
  bytes: Uint8Array[],
): Promise<void> {
  const file = await parts.disk.open(`${parts.folderPath}/${indexName(base)}`, 'create')
  try {
    await writeFully(file, bytes, 0)
    // failpoint: log.seal.written
    await parts.halt.synced(file)
    // failpoint: log.seal.synced
  } finally {
    await file.close()
  }
  await parts.halt.synced(parts.folder)
  // failpoint: log.seal.linked
}
