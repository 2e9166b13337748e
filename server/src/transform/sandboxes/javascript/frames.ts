/** Frames of `guest-protocol.ts` over the process's own input and output, one after the other: nothing else happens in this process. */
import { readSync, writeSync } from 'node:fs'

export interface IncomingFrame {
  readonly head: string
  /** In parts, each of whole lines; or, where `JSON.parse` reads all of them as they are meant, an array of JSON. */
  readonly body: readonly string[]
}

const prefixBytes = 8
const [lineFeed, comma, openBracket, closeBracket, backslash] = [0x0a, 0x2c, 0x5b, 0x5d, 0x5c]

/** V8 asks the kernel for fresh memory for each text that is longer than 128 KiB, which costs more than to parse it. */
const partBytesMax = 64 * 1024

/** Waits for one. Ends the process when the other side hung up. */
export function readFrame(): IncomingFrame {
  const prefix = read(prefixBytes)
  const headLength = prefix.readUInt32LE(0)
  const frame = read(headLength + prefix.readUInt32LE(4))
  return { head: frame.toString('utf8', 0, headLength), body: partsOf(frame, headLength) }
}

/** Of what comes behind the head, which was read already. */
function partsOf(frame: Buffer, bodyStart: number): string[] {
  const parts: string[] = []
  for (let start = bodyStart, end = 0; start < frame.length; start = end) {
    end = frame.length
    if (end - start > partBytesMax) {
      const last = frame.lastIndexOf(lineFeed, start + partBytesMax - 1)
      end = (last >= start ? last : frame.indexOf(lineFeed, start)) + 1 || frame.length
    }
    const isPlain = frame[end - 1] === lineFeed && !mayBeMisread(frame.subarray(start, end))
    parts.push(isPlain ? arrayOf(frame, start, end) : frame.toString('utf8', start, end))
  }
  return parts
}

/** The lines as an array: V8 reads objects that follow one another faster. Brackets take the places of the line feeds around them. */
function arrayOf(frame: Buffer, start: number, end: number): string {
  for (let at = frame.indexOf(lineFeed, start); at < end - 1; at = frame.indexOf(lineFeed, at + 1)) frame[at] = comma
  frame[start - 1] = openBracket
  frame[end - 1] = closeBracket
  return frame.toString('utf8', start - 1, end)
}

/** Digits that every integer has that a number cannot hold. */
const longDigits = 16

/** May say yes where `JSON.parse` reads all as it is meant: `inside/exact-json.js` looks more closely. */
function mayBeMisread(lines: Buffer): boolean {
  return lines.includes(backslash) || hasManyDigits(lines)
}

/** Looks at every 16th byte alone: 16 digits in a row cannot hide between. */
function hasManyDigits(lines: Buffer): boolean {
  for (let at = longDigits - 1; at < lines.length; at += longDigits) {
    if (!isDigit(lines[at]!)) continue
    let start = at
    while (start > 0 && isDigit(lines[start - 1]!)) start--
    let end = at + 1
    while (end < lines.length && isDigit(lines[end]!)) end++
    if (end - start >= longDigits) return true
  }
  return false
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Returns when it is handed over. */
export function writeFrame(head: string, body: readonly string[] = []): void {
  const units = body.reduce((sum, { length }) => sum + length, head.length)
  const frame = room(prefixBytes + 3 * units) // no UTF-16 unit takes more bytes
  const headEnd = prefixBytes + frame.write(head, prefixBytes)
  let end = headEnd
  for (const part of body) end += frame.write(part, end)
  frame.writeUInt32LE(headEnd - prefixBytes, 0)
  frame.writeUInt32LE(end - headEnd, 4)
  for (let at = 0; at < end; ) at += attempt(() => writeSync(1, frame, at, end - at))
}

/** Bytes that are used for one frame after the other: fresh ones the kernel has to clear first. */
let kept = Buffer.allocUnsafeSlow(64 * 1024)
const keptBytesMax = 4 * 1024 * 1024

function room(length: number): Buffer {
  if (length > keptBytesMax) return Buffer.allocUnsafeSlow(length)
  if (length > kept.length) kept = Buffer.allocUnsafeSlow(Math.min(keptBytesMax, 2 * length))
  return kept.subarray(0, length)
}

function read(length: number): Buffer {
  const bytes = room(length)
  for (let at = 0; at < length; ) {
    const count = attempt(() => {
      const read = readSync(0, bytes, at, length - at, null)
      if (read === 0) process.exit(0)
      return read
    })
    at += count
  }
  return bytes
}

const pause = new Int32Array(new SharedArrayBuffer(4))

/** The pipe may be one that does not block: then it is tried again in a moment. */
function attempt(transfer: () => number): number {
  try {
    return transfer()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(0)
    Atomics.wait(pause, 0, 0, 1)
    return 0
  }
}
