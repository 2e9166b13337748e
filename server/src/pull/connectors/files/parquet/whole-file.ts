/** A file whose bytes are read in any order: as it lies there, or in memory where it was packed. */
import { UnreadableFile } from '../file-bytes.ts'
import type { Part } from '../parts.ts'

const unpackedBytesMax = 256 * 1024 * 1024

export interface WholeFile {
  readonly size: number
  /** Where `into` has the room, the bytes may lie in it. */
  read(from: number, to: number, into?: Buffer): Promise<Uint8Array>
}

/** @throws UnreadableFile: it is larger, unpacked, than memory should hold. */
export async function openWhole(part: Part): Promise<WholeFile> {
  const { plain } = part
  if (plain) {
    const { size } = plain
    return { size, read: (from, to, into) => plain.read(from, Math.min(to, size), into) }
  }
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of part.bytes(0)) {
    pieces.push(piece)
    length += piece.length
    if (length > unpackedBytesMax) {
      throw new UnreadableFile(`Parquet inside a packed file may have ${unpackedBytesMax} bytes: leave it unpacked`)
    }
  }
  const bytes = Buffer.concat(pieces)
  return { size: length, read: async (from, to) => bytes.subarray(from, to) }
}
