/** Frames of `guest-protocol.ts` over the process's own input and output, one after the other: nothing else happens in this process. */
import { readSync, writeSync } from 'node:fs'

export interface IncomingFrame {
  readonly head: string
  readonly body: string
}

const prefixBytes = 8

/** Waits for one. Ends the process when the other side hung up. */
export function readFrame(): IncomingFrame {
  const prefix = read(prefixBytes)
  const head = read(prefix.readUInt32LE(0))
  const body = read(prefix.readUInt32LE(4))
  return { head: head.toString(), body: body.toString() }
}

/** Returns when it is handed over. */
export function writeFrame(head: string, body = ''): void {
  const headLength = Buffer.byteLength(head)
  const bodyLength = Buffer.byteLength(body)
  const frame = Buffer.allocUnsafe(prefixBytes + headLength + bodyLength)
  frame.writeUInt32LE(headLength, 0)
  frame.writeUInt32LE(bodyLength, 4)
  frame.write(head, prefixBytes)
  frame.write(body, prefixBytes + headLength)
  for (let at = 0; at < frame.length; ) at += attempt(() => writeSync(1, frame, at))
}

function read(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
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
