/** Rows gathered to pages, across files: many small ones are few pages, and a large one is many. */
import { createHash } from 'node:crypto'
import { limits } from '@millrace/event/limits'
import type { Page } from '../../connector.ts'
import { packedPage } from '../../packed-rows.ts'
import { openPageMemory } from './page-memory.ts'
import type { Rows } from './row.ts'
import type { FileState } from './settings.ts'

export type FilesState = Record<string, FileState>

/** A few batches of the log: what a page costs beside its rows is little then. */
const rowsMax = 5 * limits.requestEventsMax
const bytesMax = 4 * 1024 * 1024
/** The number and the content's tag behind the name take no more. */
const suffixCharsMax = 40

export function openPages(type: string) {
  const memory = openPageMemory(bytesMax)
  let ids: (string | undefined)[] = []
  /** Of each row, from the first on that is an event of old. */
  let old: { types: string[]; times: (number | undefined)[] } | undefined
  let state: FilesState = {}
  /** Undefined from the first rows on whose ends are not known. */
  let ends: number[] | undefined = []

  function addEnds(more: Uint32Array | undefined): void {
    const before = memory.bytes
    if (more === undefined) ends = undefined
    else for (const end of more) ends?.push(before + end)
  }

  function addOld({ types, times }: NonNullable<Rows['events']>): void {
    old ??= { types: ids.map(() => type), times: ids.map(() => undefined) }
    for (const name of types) old.types.push(name ?? type)
    for (const time of times) old.times.push(time)
  }

  return {
    /** A row's id is made of where it is from and what is in it: read again it is the same event, changed it is another. */
    add(source: string, { payload, count, last, tags, events, ends: lineEnds }: Rows) {
      if (events !== undefined) addOld(events)
      const first = last - count + 1
      for (let row = 0; row < count; row++)
        ids.push(events?.ids[row] ?? `${source}:${first + row}:${typeof tags === 'string' ? tags : tags[row]!}`)
      for (let row = 0; old !== undefined && events === undefined && row < count; row++) {
        old.types.push(type)
        old.times.push(undefined)
      }
      addEnds(lineEnds)
      memory.add(payload)
    },
    /** Where to go on in a file behind what was added. */
    note(file: string, behind: FileState) {
      state = { ...state, [file]: behind }
    },
    get isFull() {
      return ids.length >= rowsMax || memory.bytes >= bytesMax
    },
    get isEmpty() {
      return ids.length === 0 && Object.keys(state).length === 0
    },
    take(): Page<FilesState> {
      const { payload, done } = memory.take()
      const more = { ...(old && { times: old.times }), ...(ends && { ends: Uint32Array.from(ends) }) }
      const page = packedPage({ type: old?.types ?? type, payload, count: ids.length, ids, ...more }, state, done)
      ids = []
      old = undefined
      ends = []
      state = {}
      return page
    },
  }
}

/** A part's name as ids begin with it; a long one by its hash. */
export function sourceOf(name: string): string {
  const fits = name.length + suffixCharsMax <= limits.eventIdCharsMax && name.isWellFormed() && !/\p{Cc}/u.test(name)
  return fits ? name : createHash('sha256').update(name).digest('base64url')
}
