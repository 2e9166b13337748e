/** The spool in files: several processes may share its folder, and what one leaves behind another sends. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Spool, SpoolEvents, SpooledEvent } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { openSpoolFolder, type SpoolFolder } from './folder.ts'
import { lineOf } from './line.ts'
import { createSegment, findSegment, type Segment } from './segment.ts'

const segmentBytesMax = 4 * 1024 * 1024
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

export function openFileSpool({ options, address, client, events }: FileSpoolParts): Spool {
  const { mode = 'lazy', maxBytes = bytesMaxDefault, maxAge = ageMaxDefault, fsync = 'never' } = options
  const dir = folderFor(options, address)
  const segments = new Map<string, Segment>()
  const writing: Partial<Record<Kind, Segment>> = {}
  const timers: NodeJS.Timeout[] = []
  /** Those that wait to be read, oldest first. */
  let queue: Segment[] = []
  /** Of the one that is being read, events that are not handed out yet. */
  let read: SpooledEvent[] = []
  let copies: StoredEvent[] = []
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
    every(heartbeatMs, () => attempt('The spool cannot be kept', () => own.touch()))
    if (mode === 'always') every(copyWaitMs, writeOut)
    if (fsync === 'interval') every(1000, sync)
    return folder
  }

  /** The file that takes events of a kind. */
  function segmentFor(kind: Kind): Segment | undefined {
    const current = writing[kind]
    if (current?.isWritable && current.bytes < segmentBytesMax) return current
    if (current !== undefined) finish(current)
    const place = openFolder()
    const made =
      place &&
      attempt('The spool cannot be written', () => {
        const path = join(place.path, `${String(++number).padStart(8, '0')}.${kind}`)
        return createSegment(path, fsync === 'batch')
      })
    if (made === undefined) delete writing[kind]
    else {
      writing[kind] = made
      segments.set(made.path, made)
    }
    return made
  }

  /** Takes nothing more, and goes where nothing in it is needed. */
  function finish(segment: Segment): void {
    segment.seal()
    if (segment.left === 0 && segment.queued === 0) remove(segment)
  }

  function remove(segment: Segment): void {
    segments.delete(segment.path)
    attempt('The spool cannot be cleared', () => segment.remove())
  }

  function append(segment: Segment, list: readonly StoredEvent[]): boolean {
    const text = list.map(lineOf).join('')
    return attempt('The spool cannot be written', () => segment.append(text)) === undefined ? segment.isWritable : true
  }

  function writeOut(): void {
    const list = copies
    copies = []
    const { copy } = writing
    if (list.length > 0 && copy !== undefined) append(copy, list)
  }

  /** Takes over what clients left behind that are gone. */
  function look(): void {
    const now = performance.now()
    if (now - lookedAt < adoptMs || (folder === undefined && !existsSync(dir))) return
    lookedAt = now
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
      const age = attempt('The spool cannot be read', () => Date.now() - segment.writtenAt()) ?? 0
      if (bytes <= maxBytes && age <= maxAge) return
      queue.shift()
      bytes -= segment.bytes
      const count = attempt('The spool cannot be read', () => segment.read().events.length) ?? segment.queued
      remove(segment)
      events.lost(age > maxAge ? 'expired' : 'full', count)
    }
  }

  function readSegment(segment: Segment): void {
    segment.seal()
    segment.queued = 0
    const found = attempt('The spool cannot be read', () => segment.read()) ?? { events: [], damaged: 0 }
    if (found.damaged > 0) events.lost('invalid', found.damaged)
    segment.left = found.events.length
    if (segment.left === 0) remove(segment)
    read = found.events.map((event) => ({ event, file: segment.path }))
  }

  function sync(): void {
    writeOut()
    for (const segment of segments.values()) attempt('The spool cannot be synced', () => segment.sync())
  }

  look()
  return {
    mode,
    get count() {
      look()
      return queue.reduce((sum, { queued }) => sum + queued, read.length)
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
      copies.push(...list)
      if (copies.length >= copyEvents) writeOut()
      return segment.path
    },
    writeOut,
    async read(eventsMax) {
      while (read.length === 0 && queue.length > 0) readSegment(queue.shift()!)
      return read.splice(0, eventsMax)
    },
    settle(file) {
      const segment = segments.get(file)
      if (segment !== undefined && --segment.left === 0 && !segment.isWritable) remove(segment)
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
  const place = dir ?? process.env['MILLRACE_SPOOL_DIR'] ?? join(tmpdir(), `millrace-${userInfo().uid}`)
  return join(place, createHash('sha256').update(address).digest('hex').slice(0, 16))
}
