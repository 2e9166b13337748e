/** Rows gathered to pages, across files: many small ones are few pages, and a large one is many. */
import { createHash } from 'node:crypto'
import { limits } from '@millrace/event/limits'
import type { Page, PulledDraft } from '../../connector.ts'
import type { Row } from './row.ts'
import type { FileState } from './settings.ts'

export type FilesState = Record<string, FileState>

const draftsMax = 2_000
const bytesMax = 4 * 1024 * 1024
/** The number and the content's tag behind the name take no more. */
const suffixCharsMax = 40

export function openPages(type: string) {
  let drafts: PulledDraft[] = []
  let state: FilesState = {}
  let bytes = 0
  return {
    /** Its id is made of where it is from and what is in it: read again it is the same event, changed it is another. */
    add(source: string, row: Row) {
      const id = row.event?.id ?? `${source}:${row.number}:${row.tag}`
      drafts.push(
        row.line === undefined ? { type, data: row.data, id } : new LineDraft(row.event?.type ?? type, id, row),
      )
      bytes += row.bytes
    },
    /** Where to go on in a file behind what was added. */
    note(file: string, behind: FileState) {
      state = { ...state, [file]: behind }
    },
    get isFull() {
      return drafts.length >= draftsMax || bytes >= bytesMax
    },
    get isEmpty() {
      return drafts.length === 0 && Object.keys(state).length === 0
    },
    take(): Page<FilesState> {
      const page = { drafts, state }
      drafts = []
      state = {}
      bytes = 0
      return page
    },
  }
}

/** Its data is read only for who asks for it. */
class LineDraft implements PulledDraft {
  readonly type: string
  readonly id: string
  readonly line: Buffer
  readonly time?: number
  readonly #row: Row

  constructor(type: string, id: string, row: Row) {
    this.type = type
    this.id = id
    this.line = row.line!
    if (row.event !== undefined) this.time = row.event.time
    this.#row = row
  }

  get data(): PulledDraft['data'] {
    return this.#row.data
  }
}

/** A part's name as ids begin with it; a long one by its hash. */
export function sourceOf(name: string): string {
  const fits = name.length + suffixCharsMax <= limits.eventIdCharsMax && name.isWellFormed() && !/\p{Cc}/u.test(name)
  return fits ? name : createHash('sha256').update(name).digest('base64url')
}
