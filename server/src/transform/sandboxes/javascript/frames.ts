/** Frames of `guest-protocol.ts` over the process's own input and output, one after the other: nothing else happens in this process. */
import { readSync, writeSync } from 'node:fs'

export interface IncomingFrame {
  readonly head: string
  /** In parts, each of whole lines. */
  readonly body: readonly string[]
}

const prefixBytes = 8
const lineFeed = 10

/** V8 asks the kernel for fresh memory for each text that is longer than 128 KiB, which costs more than to parse it. */
const partBytesMax = 64 * 1024

/** Waits for one. Ends the process when the other side hung up. */
export function readFrame(): IncomingFrame {
  const prefix = read(prefixBytes)
  const headLength = prefix.readUInt32LE(0)
  const frame = read(headLength + prefix.readUInt32LE(4))
  return { head: frame.toString('utf8', 0, headLength), body: partsOf(frame.subarray(headLength)) }
}

function partsOf(body: Buffer): string[] {
  const parts: string[] = []
  for (let start = 0, end = 0; start < body.length; start = end) {
    end = body.length
    if (end - start > partBytesMax) {
      const last = body.lastIndexOf(lineFeed, start + partBytesMax - 1)
      end = (last >= start ? last : body.indexOf(lineFeed, start)) + 1 || body.length
    }
    parts.push(body.toString('utf8', start, end))
  }
  return parts
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
