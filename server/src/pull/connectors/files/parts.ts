/**
 * What is in a file: itself, unpacked, or the files of a zip archive. Every byte that comes out of a packed file is counted, so that a
 * bomb ends before it fills anything.
 */
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import { MillraceError } from '../../../errors.ts'
import { blocksFrom, type FileBytes, UnreadableFile } from './file-bytes.ts'
import type { FilesSettings, Format } from './settings.ts'

export interface Part {
  readonly name: string
  readonly format: Format
  /** What is appended to it can be read without reading it again. */
  readonly canGrow: boolean
  /** Unpacked, from there on; with `memory`, a piece is good until the next is asked for. @throws UnreadableFile */
  bytes(from: number, memory?: Buffer): AsyncIterable<Buffer>
  /** Of a part that is not packed, and so can be read in any order. */
  readonly plain?: FileBytes
}

type Packing = 'none' | 'gzip' | 'zstd' | 'zip'

const entriesMax = 10_000
/** From so many bytes on, more than a thousandfold of what is packed is a bomb: gzip cannot do more, data does not. */
const ratioFrom = 64 * 1024 * 1024
const ratioMax = 1_000

/** None where the name says nothing of the format, and nobody else does. @throws UnreadableFile */
export async function partsOf(file: FileBytes, settings: FilesSettings): Promise<Part[]> {
  const packing = packingOf(await file.read(0, Math.min(4, file.size)), file.name)
  if (packing === 'zip') return archiveParts(file, settings)
  const format = formatOf(file.name, settings)
  if (format === undefined) return []
  if (packing === 'none') {
    const canGrow = format === 'csv' || format === 'tsv' || format === 'ndjson'
    return [
      {
        name: file.name,
        format,
        canGrow,
        bytes: (from, memory) => blocksFrom(file, from, file.size, memory),
        plain: file,
      },
    ]
  }
  const unpacked = () => {
    const unpacker = packing === 'gzip' ? createGunzip() : createZstdDecompress()
    const packed = Readable.from(blocksFrom(file, 0))
    packed.on('error', (error) => unpacker.destroy(error))
    return packed.pipe(unpacker)
  }
  return [{ name: file.name, format, canGrow: false, bytes: (from) => bounded(unpacked, from, file.size, settings) }]
}

function packingOf(head: Buffer, name: string): Packing {
  const magic = head.toString('hex')
  if (magic.startsWith('1f8b')) return 'gzip'
  if (magic === '28b52ffd') return 'zstd'
  if (magic === '504b0304' || magic === '504b0506') return 'zip'
  if (head.length > 0 && /\.(gz|zst|zip)$/i.test(name))
    throw new UnreadableFile('its name says that it is packed, and it is not')
  return 'none'
}

function formatOf(name: string, { format }: FilesSettings): Format | undefined {
  if (format !== 'auto') return format
  const ending = /\.(csv|tsv|tab|json|ndjson|jsonl|parquet)(\.(gz|zst))?$/i.exec(name)?.[1]?.toLowerCase()
  if (ending === 'tab') return 'tsv'
  return ending === 'jsonl' ? 'ndjson' : (ending as Format | undefined)
}

async function* bounded(
  open: () => Readable | Promise<Readable>,
  from: number,
  packedBytes: number,
  { unpackedBytesMax }: FilesSettings,
): AsyncGenerator<Buffer> {
  const stream = await open()
  let at = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const skipped = Math.max(0, Math.min(chunk.length, from - at))
      at += chunk.length
      const isBomb = at > ratioFrom && at > packedBytes * ratioMax
      if (at > unpackedBytesMax || isBomb) {
        const limit = isBomb ? `${ratioMax} times its size` : `${unpackedBytesMax} bytes (unpackedBytesMax)`
        throw new UnreadableFile(`it unpacks to more than ${limit}, as a bomb does`)
      }
      if (skipped < chunk.length) yield chunk.subarray(skipped)
    }
  } catch (error) {
    if (error instanceof UnreadableFile || error instanceof MillraceError) throw error
    throw new UnreadableFile(`it cannot be unpacked: ${(error as Error).message}`, { cause: error })
  } finally {
    stream.destroy()
  }
}

/** @throws UnreadableFile: a name that leads out, a symbolic link, a password, too many files. */
async function archiveParts(file: FileBytes, settings: FilesSettings): Promise<Part[]> {
  let left = settings.unpackedBytesMax
  const parts: Part[] = []
  try {
    const archive = await fromRandomAccessReaderPromise(readerOf(file), file.size, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
    })
    for await (const entry of archive.eachEntry()) {
      refuse(entry)
      if (entry.fileName.endsWith('/')) continue
      left -= entry.uncompressedSize
      if (left < 0)
        throw new UnreadableFile(`it unpacks to more than ${settings.unpackedBytesMax} bytes (unpackedBytesMax)`)
      const format = formatOf(entry.fileName, settings)
      if (format === undefined || /\.(gz|zst)$/i.test(entry.fileName)) continue
      if (parts.length === entriesMax) throw new UnreadableFile(`it has more than ${entriesMax} files`)
      parts.push(entryPart(archive, entry, `${file.name}/${entry.fileName}`, format, settings))
    }
  } catch (error) {
    if (error instanceof UnreadableFile || error instanceof MillraceError) throw error
    throw new UnreadableFile(`it is no archive that can be read: ${(error as Error).message}`, { cause: error })
  }
  return parts
}

function entryPart(archive: ZipFile, entry: Entry, name: string, format: Format, settings: FilesSettings): Part {
  const open = () => archive.openReadStreamPromise(entry)
  return { name, format, canGrow: false, bytes: (from) => bounded(open, from, entry.compressedSize, settings) }
}

function refuse(entry: Entry): void {
  const isLink = ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000
  const named = JSON.stringify(entry.fileName)
  if (isLink) throw new UnreadableFile(`${named} in it is a symbolic link`)
  if (entry.isEncrypted()) throw new UnreadableFile(`${named} in it needs a password`)
}

function readerOf(file: FileBytes): RandomAccessReader {
  class FileReader extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(blocksFrom(file, start, end), { objectMode: false })
    }
  }
  return new FileReader()
}
