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
  read(): { events: StoredEvent[]; damaged: number }
  /** ms since it was written to. Of its own, by a clock that never jumps. @throws Error of the file system. */
  age(): number
  remove(): void
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
        const bytes = Buffer.from(text)
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
      const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
      const events = lines.flatMap((line) => eventOf(line) ?? [])
      return { events, damaged: lines.length - events.length }
    },
    age: () => (opened === undefined ? Date.now() - statSync(path).mtimeMs : performance.now() - writtenAt),
    remove() {
      this.seal()
      rmSync(path, { force: true })
    },
  }
}
