/** Opens what is to be sent: a file or standard input, unpacked where it is gzip or zstd, and says what format it has. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import { usageError } from '../failure.ts'

export const formats = ['ndjson', 'json', 'csv', 'tsv'] as const
export type Format = (typeof formats)[number]

export interface Input {
  /** As the user named it, for messages. */
  readonly name: string
  /** Absolute; undefined for standard input. */
  readonly path: string | undefined
  /** Same as long as the file is the same; undefined for standard input, which cannot be read twice. */
  readonly fingerprint: string | undefined
  /** Bytes of the file as it lies there, packed or not; undefined where nobody knows. */
  readonly size: number | undefined
  /** Of those, how many were read. */
  bytesRead(): number
  readonly format: Format
  /** The bytes, unpacked. To be read once. */
  readonly chunks: AsyncIterable<Buffer>
  /** Gives the file back. Safe while it is still being read. */
  close(): void
}

export interface InputSettings {
  readonly format: Format | undefined
  readonly stdin: Readable
  readonly cwd: string
}

/** @throws CommandError where the file cannot be read or its format cannot be told. */
export async function openInput(name: string, { format, stdin, cwd }: InputSettings): Promise<Input> {
  const file = name === '-' ? undefined : await openFile(resolve(cwd, name), name)
  let byteCount = 0
  const source = file ? file.handle.createReadStream({ highWaterMark: 256 * 1024 }) : stdin
  const raw = countBytes(source, (count) => {
    byteCount += count
  })
  const chunks = unpack(raw, name)
  const head = await readHead(chunks, name).catch((error: unknown) => {
    source.destroy()
    throw error
  })
  return {
    name,
    path: file?.path,
    fingerprint: file?.fingerprint,
    size: file?.size,
    bytesRead: () => byteCount,
    format: format ?? formatOfName(name) ?? formatOfBytes(head),
    chunks: prepend(head, chunks),
    close: () => source.destroy(),
  }
}

async function readHead(chunks: AsyncGenerator<Buffer>, name: string): Promise<Buffer> {
  const first = await chunks.next()
  const head = first.done ? Buffer.alloc(0) : first.value
  if (!isUtf16(head)) return head
  throw usageError(`${name} is UTF-16, and only UTF-8 is read`, `iconv -f UTF-16 -t UTF-8 ${name} | millrace send -`)
}

async function openFile(path: string, name: string) {
  const handle = await open(path)
  const stat = await handle.stat()
  if (stat.isDirectory()) {
    await handle.close()
    throw usageError(`${name} is a folder, not a file`)
  }
  // A pipe has no end to hash and cannot be read twice.
  if (!stat.isFile()) return { handle, path: undefined, size: undefined, fingerprint: undefined }
  const fingerprint = await fingerprintOf(handle, stat.size, stat.mtimeMs)
  return { handle, path: await realpath(path), size: stat.size, fingerprint }
}

const fingerprintBytes = 64 * 1024

/** Size, time of change, and the bytes at both ends. Hashing all of a large file would cost as much as sending it. */
async function fingerprintOf(handle: FileHandle, size: number, mtimeMs: number): Promise<string> {
  const hash = createHash('sha256').update(`${size} ${mtimeMs} `)
  for (const position of [0, Math.max(0, size - fingerprintBytes)]) {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(fingerprintBytes), position })
    hash.update(buffer.subarray(0, bytesRead))
  }
  return hash.digest('hex').slice(0, 32)
}

async function* countBytes(source: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    count(bytes.length)
    yield bytes
  }
}

/** Told by the first bytes, not the name: `curl … | millrace send -` has no name. */
async function* unpack(chunks: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  const head: Buffer[] = []
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    head.push(next.value)
    if (head.reduce((sum, { length }) => sum + length, 0) >= 4) break
  }
  const magic = Buffer.concat(head)
  const whole = prepend(magic, chunks)
  if (magic.length >= 2 && magic.readUInt16BE(0) === 0x1f8b) {
    yield* through(whole, createGunzip(), name)
  } else if (magic.length >= 4 && magic.readUInt32LE(0) === 0xfd2fb528) {
    yield* through(whole, createZstdDecompress(), name)
  } else {
    yield* whole
  }
}

async function* through(chunks: AsyncIterable<Buffer>, unpacker: Gunzip | ZstdDecompress, name: string) {
  const feed = async () => {
    for await (const chunk of chunks) if (!unpacker.write(chunk)) await once(unpacker, 'drain')
    unpacker.end()
  }
  feed().catch((error: Error) => unpacker.destroy(error))
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    throw usageError(`${name} cannot be unpacked: ${(error as Error).message}`, 'Is the file complete?')
  }
}

async function* prepend(head: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* chunks
}

function formatOfName(name: string): Format | undefined {
  const extension = /\.(\w+)(\.(gz|zst))?$/.exec(name.toLowerCase())?.[1]
  if (extension === 'jsonl') return 'ndjson'
  return formats.find((format) => format === extension)
}

/** An array or an object over several lines is JSON; a whole object in the first line is NDJSON; everything else is CSV. */
function formatOfBytes(head: Buffer): Format {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text.startsWith('[')) return 'json'
  if (!text.startsWith('{')) return 'csv'
  const firstLine = text.split('\n', 1)[0]!
  return isJson(firstLine) ? 'ndjson' : 'json'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isUtf16(head: Buffer): boolean {
  return head.length >= 2 && (head.readUInt16BE(0) === 0xfeff || head.readUInt16BE(0) === 0xfffe)
}
