/** Pages whose rows are packed: few objects for very many rows. Drafts are made of them only for who looks at single rows. */
import type { Json } from '@millrace/event/event'
import type { PackedRows, Page, PulledDraft } from './connector.ts'

/** A page for `read` to yield: some MiB of lines, since a job holds several of them. `state` and `done` as of every page. */
export function packedPage<T>(packed: PackedRows, state: Partial<T>, done?: () => void): Page<T> {
  return new PackedPage(packed, state, done)
}

class PackedPage<T> implements Page<T> {
  readonly packed: PackedRows
  readonly state: Partial<T>
  readonly done?: () => void
  #drafts: readonly PulledDraft[] | undefined

  constructor(packed: PackedRows, state: Partial<T>, done: (() => void) | undefined) {
    this.packed = packed
    this.state = state
    if (done !== undefined) this.done = done
  }

  get drafts(): readonly PulledDraft[] {
    this.#drafts ??= draftsOf(this.packed)
    return this.#drafts
  }
}

export function rowCountOf(page: Page<unknown>): number {
  return page.packed === undefined ? page.drafts.length : page.packed.count
}

/** One for each row; their lines are parts of the payload. */
export function draftsOf({ type, payload, count, ids, times, days }: PackedRows): PulledDraft[] {
  const drafts: PulledDraft[] = []
  for (let row = 0, start = 0; row < count; row++) {
    const found = payload.indexOf(0x0a, start)
    const end = found < 0 ? payload.length : found + 1
    const line = payload.subarray(start, end)
    drafts.push(
      new LineDraft(typeof type === 'string' ? type : type[row]!, line, ids?.[row], times?.[row], days?.[row]),
    )
    start = end
  }
  return drafts
}

/** Its data is read only for who asks for it. */
class LineDraft implements PulledDraft {
  readonly type: string
  readonly line: Buffer
  readonly id?: string
  readonly time?: number
  readonly day?: string

  constructor(type: string, line: Buffer, id: string | undefined, time: number | undefined, day: string | undefined) {
    this.type = type
    this.line = line
    if (id !== undefined) this.id = id
    if (time !== undefined) this.time = time
    if (day !== undefined) this.day = day
  }

  get data(): PulledDraft['data'] {
    return JSON.parse(this.line.toString()) as { [key: string]: Json }
  }
}
