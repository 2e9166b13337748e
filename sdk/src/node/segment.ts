/** One file of the spool: written to its end, then read once, and removed when every event in it is settled. */
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import type { StoredEvent } from '../types.ts'
import { eventOf } from './line.ts'

export interface Segment {
  readonly path: string
  /** Written so far, or found. */
  bytes: number
  /** Events to be read; 1 for a file of another client, until it is read. */
  queued: number
  /** Events that were handed out, or copied, and are not settled. */
  left: number
  readonly isWritable: boolean
  /** All of the text or, where that fails, nothing of it. @throws Error of the file system. */
  append(text: string): void
  /** Forces it to the disk, sealed or not. @throws Error of the file system. */
  sync(): void
  /** Takes nothing more. */
  seal(): void
  /** Nothing in it is needed. @throws Error of the file system. */
  clear(): void
  /** Its lines, each an event or undefined: damaged. Made one by one, since what is short-lived costs next to no memory. */
  read(): { readonly lines: number; next(): StoredEvent | undefined }
  /** ms since it was written to. Of its own, by a clock that never jumps. @throws Error of the file system. */
  age(): number
  remove(): void
}

const lineFeed = 10
/** Bytes of UTF-8 that a unit of UTF-16 takes at most. */
const bytesOfUnitMax = 3
let scratch: Buffer | undefined

/** In memory that is used again by the next call, unless it is a long text. */
function bytesOf(text: string): Buffer {
  scratch ??= Buffer.allocUnsafeSlow(128 * 1024)
  if (text.length * bytesOfUnitMax > scratch.length) return Buffer.from(text)
  return scratch.subarray(0, scratch.write(text))
}

/** @throws Error of the file system. */
export function createSegment(path: string, isSynced: boolean): Segment {
  return segmentOf(path, openSync(path, 'a', 0o600), 0, isSynced)
}

/** One that another client left behind. @throws Error of the file system. */
export function findSegment(path: string): Segment {
  const segment = segmentOf(path, undefined, statSync(path).size, false)
  segment.queued = 1
  return segment
}

function segmentOf(path: string, opened: number | undefined, size: number, isSynced: boolean): Segment {
  let descriptor = opened
  let isDirty = false
  let writtenAt = performance.now()
  return {
    path,
    bytes: size,
    queued: 0,
    left: 0,
    get isWritable() {
      return descriptor !== undefined
    },
    append(text) {
      isDirty = true
      writtenAt = performance.now()
      try {
        const bytes = bytesOf(text)
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor!, bytes, at)
        if (isSynced) this.sync()
        this.bytes += bytes.length
      } catch (error) {
        ftruncateSync(descriptor!, this.bytes)
        throw error
      }
    },
    sync() {
      if (!isDirty) return
      const file = descriptor ?? openSync(path, 'r+')
      try {
        fdatasyncSync(file)
      } finally {
        if (descriptor === undefined) closeSync(file)
      }
      isDirty = false
    },
    seal() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
    clear() {
      ftruncateSync(descriptor!, 0)
      this.bytes = 0
    },
    read() {
      const bytes = readFileSync(path)
      let at = 0
      const lineEnd = () => (bytes.indexOf(lineFeed, at) + 1 || bytes.length + 1) - 1
      let lines = 0
      for (; at < bytes.length; at = lineEnd() + 1) lines++
      at = 0
      return {
        lines,
        next() {
          const end = lineEnd()
          const event = eventOf(bytes.subarray(at, end))
          at = end + 1
          return event
        },
      }
    },
    age: () => (opened === undefined ? Date.now() - statSync(path).mtimeMs : performance.now() - writtenAt),
    remove() {
      this.seal()
      rmSync(path, { force: true })
    },
  }
}
