/** Rows of a database gathered to pages: as many events as a few batches of the log take, or a few MiB. */
import { createHash } from 'node:crypto'
import type { Json } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import type { PulledDraft } from '../../connector.ts'

const draftsMax = 5 * limits.requestEventsMax
const bytesMax = 8 * 1024 * 1024

export function openRowPages() {
  let drafts: PulledDraft[] = []
  let bytes = 0
  return {
    /** `line`: its JSON on one line. `time`: ms since 1970 UTC. */
    add(eventType: string, id: string, line: Buffer, time?: number) {
      drafts.push(new LineDraft(eventType, id, line, time))
      bytes += line.length
    },
    get isFull() {
      return drafts.length >= draftsMax || bytes >= bytesMax
    },
    take(): PulledDraft[] {
      const taken = drafts
      drafts = []
      bytes = 0
      return taken
    },
  }
}

/** As an event's id: what is too long stands as its hash. `head` stays in front, at most 80 characters. */
export function idOf(head: string, rest: string): string {
  const id = head + rest
  if (id.length <= limits.eventIdCharsMax && id.isWellFormed()) return id
  return head + createHash('sha256').update(rest).digest('base64url')
}

/** Where rows are from, as ids begin with it: the same table at another place, or as another event type, has other ids. */
export function originOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
}

/** Its data is read only for who asks for it. */
class LineDraft implements PulledDraft {
  readonly type: string
  readonly id: string
  readonly line: Buffer
  readonly time?: number

  constructor(type: string, id: string, line: Buffer, time: number | undefined) {
    this.type = type
    this.id = id
    this.line = line
    if (time !== undefined) this.time = time
  }

  get data(): { [key: string]: Json } {
    return JSON.parse(this.line.toString()) as { [key: string]: Json }
  }
}
