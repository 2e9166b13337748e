/** The spool in files: several processes may share its folder, and what one leaves behind another sends. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Spool, SpoolEvents } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { hasLeftovers, openSpoolFolder, type SpoolFolder } from './folder.ts'
import { lineOf } from './line.ts'
import { openReader } from './reader.ts'
import { createSegment, findSegment, type Segment } from './segment.ts'

/** One is read whole: more would be held in memory at a time, and grow the heap. */
const segmentBytesMax = 128 * 1024
const bytesMaxDefault = 256 * 1024 * 1024
const ageMaxDefault = 7 * 24 * 3600_000
/** Copies of `always` wait this long for company, and for so many. */
const copyWaitMs = 5
const copyEvents = 64
const heartbeatMs = 5000
/** How often clients that are gone are looked for. */
const adoptMs = 30_000

type Kind = 'queue' | 'copy'

export interface FileSpoolParts {
  readonly options: SpoolOptions
  /** Whom the events are for: others do not send them. */
  readonly address: string
  readonly client: string
  readonly events: SpoolEvents
}

export function openFileSpool({ options, address, client, events }: FileSpoolParts): Spool<string> {
  const { mode = 'lazy', maxBytes = bytesMaxDefault, maxAge = ageMaxDefault, fsync = 'never' } = options
  const dir = folderFor(options, address)
  const segments = new Map<string, Segment>()
  const writing: Partial<Record<Kind, Segment>> = {}
  const timers: NodeJS.Timeout[] = []
  /** Those that wait to be read, oldest first. */
  let queue: Segment[] = []
  let copies: StoredEvent[] = []
  let copyTimer: NodeJS.Timeout | undefined
  /** Files of copies that could not be written. */
  const broken = new Set<string>()
  let folder: SpoolFolder | undefined
  let number = 0
  let lookedAt = Number.NEGATIVE_INFINITY

  const attempt = <T>(message: string, work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      events.failed(message, error)
      return undefined
    }
  }
  const every = (ms: number, work: () => void) => timers.push(setInterval(work, ms).unref())

  function openFolder(): SpoolFolder | undefined {
    if (folder !== undefined) return folder
    folder = attempt('The folder of the spool cannot be used', () => openSpoolFolder(dir, client))
    if (folder === undefined) return undefined
    const own = folder
    every(heartbeatMs, () => {
      // Where the folder is gone, so are its files: what comes next gets others.
      if (!attempt('The spool cannot be kept', () => own.touch()))
        for (const kind in writing) writing[kind as Kind]?.seal()
    })
    if (fsync === 'interval') every(1000, sync)
    return folder
  }

  /** The file that takes events of a kind. */
  function segmentFor(kind: Kind): Segment | undefined {
    const current = writing[kind]
    if (current?.isWritable && current.bytes < segmentBytesMax) return current
    if (current !== undefined) finish(current)
    const place = openFolder()
    const made = place && attempt('The spool cannot be written', () => makeSegment(place, kind))
    if (made === undefined) delete writing[kind]
    else {
      writing[kind] = made
      segments.set(made.path, made)
    }
    return made
  }

  function makeSegment(place: SpoolFolder, kind: Kind): Segment {
    const path = join(place.path, `${String(++number).padStart(8, '0')}.${kind}`)
    if (!existsSync(place.path)) place.touch() // somebody cleans up temporary files
    const made = createSegment(path, fsync === 'batch')
    if (fsync === 'batch') place.sync()
    return made
  }

  /** Takes nothing more, and goes where nothing in it is needed. */
  function finish(segment: Segment): void {
    if (fsync !== 'never') attempt('The spool cannot be synced', () => segment.sync())
    segment.seal()
    if (segment.left === 0 && segment.queued === 0) remove(segment)
  }

  function remove(segment: Segment): void {
    segments.delete(segment.path)
    for (const kind of ['queue', 'copy'] as const) if (writing[kind] === segment) delete writing[kind]
    broken.delete(segment.path)
    attempt('The spool cannot be cleared', () => segment.remove())
  }

  function append(segment: Segment, list: readonly StoredEvent[]): boolean {
    let text = ''
    for (const event of list) text += lineOf(event)
    const isWritten = attempt('The spool cannot be written', () => {
      segment.append(text)
      return true
    })
    return isWritten === true
  }

  function writeOut(): void {
    clearTimeout(copyTimer)
    copyTimer = undefined
    const list = copies
    copies = []
    const { copy } = writing
    if (list.length === 0 || copy === undefined || append(copy, list)) return
    broken.add(copy.path)
    copy.seal() // what comes next gets another file
  }

  /** Takes over what clients left behind that are gone. */
  function look(): void {
    const now = performance.now()
    if (now - lookedAt < adoptMs) return
    lookedAt = now
    if (!existsSync(dir) || !attempt('The spool cannot be read', () => hasLeftovers(dir, client))) return
    const place = openFolder()
    const paths = place && attempt('The spool cannot be read', () => place.adopt())
    const found = (paths ?? []).flatMap((path) => attempt('The spool cannot be read', () => findSegment(path)) ?? [])
    for (const segment of found) segments.set(segment.path, segment)
    queue = [...found, ...queue]
    keepBounds()
  }

  /** The oldest go when there are too many, or when they are too old. */
  function keepBounds(): void {
    let bytes = 0
    for (const segment of segments.values()) bytes += segment.bytes
    for (const segment of [...queue]) {
      const age = attempt('The spool cannot be read', () => segment.age()) ?? 0
      if (bytes <= maxBytes && age <= maxAge) return
      queue.shift()
      bytes -= segment.bytes
      const count = attempt('The spool cannot be read', () => segment.read().lines) ?? segment.queued
      remove(segment)
      events.lost(age > maxAge ? 'expired' : 'full', count)
    }
  }

  const reader = openReader({
    shift: () => queue.shift(),
    lines: (segment) => attempt('The spool cannot be read', () => segment.read()),
    damaged: (count) => events.lost('invalid', count),
    remove,
  })

  function sync(): void {
    writeOut()
    for (const segment of segments.values()) attempt('The spool cannot be synced', () => segment.sync())
    if (folder !== undefined) attempt('The spool cannot be synced', () => folder!.sync())
  }

  look()
  return {
    mode,
    get count() {
      look()
      return queue.reduce((sum, { queued }) => sum + queued, reader.count)
    },
    queue(list) {
      const segment = segmentFor('queue')
      if (segment === undefined || !append(segment, list)) return false
      segment.queued += list.length
      if (queue.at(-1) !== segment) queue.push(segment)
      keepBounds()
      return true
    },
    copy(list) {
      if (writing.copy !== undefined && writing.copy.bytes >= segmentBytesMax) writeOut()
      const segment = segmentFor('copy')
      if (segment === undefined) return undefined
      segment.left += list.length
      for (const event of list) copies.push(event)
      if (copies.length >= copyEvents) writeOut()
      else copyTimer ??= setTimeout(writeOut, copyWaitMs).unref()
      return segment.path
    },
    holds: (file) => !broken.has(file),
    writeOut,
    read: async (eventsMax) => reader.read(eventsMax),
    settle(file) {
      const segment = segments.get(file)
      if (segment === undefined || --segment.left > 0) return
      if (!segment.isWritable) remove(segment)
      else if (copies.length === 0 && segment.bytes > 0) attempt('The spool cannot be cleared', () => segment.clear())
    },
    sync: async () => sync(),
    close() {
      writeOut()
      for (const timer of timers) clearInterval(timer)
      for (const segment of [...segments.values()]) finish(segment)
      if (folder !== undefined) attempt('The spool cannot be given up', () => folder!.leave())
    },
  }
}

function folderFor({ dir }: SpoolOptions, address: string): string {
  const place = dir ?? process.env['MILLRACE_SPOOL_DIR'] ?? join(tmpdir(), `millrace-${process.getuid?.() ?? 'user'}`)
  return join(place, createHash('sha256').update(address).digest('hex').slice(0, 16))
}
