/** One file of the spool: written to its end, then read once, and removed when every event in it is settled. */
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
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
  /** @throws Error of the file system: it may end in half a line, and takes nothing more. */
  append(text: string): void
  sync(): void
  /** Takes nothing more. */
  seal(): void
  read(): { events: StoredEvent[]; damaged: number }
  /** ms since 1970 UTC. */
  writtenAt(): number
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
  const seal = () => {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }
  return {
    path,
    bytes: size,
    queued: 0,
    left: 0,
    get isWritable() {
      return descriptor !== undefined
    },
    append(text) {
      try {
        const bytes = Buffer.from(text)
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor!, bytes, at)
        if (isSynced) fdatasyncSync(descriptor!)
        this.bytes += bytes.length
      } catch (error) {
        seal()
        throw error
      }
    },
    sync() {
      if (descriptor !== undefined) fdatasyncSync(descriptor)
    },
    seal,
    read() {
      const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
      const events = lines.flatMap((line) => eventOf(line) ?? [])
      return { events, damaged: lines.length - events.length }
    },
    writtenAt: () => statSync(path).mtimeMs,
    remove() {
      seal()
      rmSync(path, { force: true })
    },
  }
}
