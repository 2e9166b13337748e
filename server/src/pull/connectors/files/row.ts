/** Rows of a file, and how files of each format are read: some rows at a time, as lines of JSON, without an object for each row. */
import type { PackedRows } from '../../connector.ts'
import type { Part } from './parts.ts'
import type { FileState, FilesSettings } from './settings.ts'

/** Rows that follow each other: some thousands, or about a MiB. Their payload is good until the next are asked for. */
export interface Rows extends Pick<PackedRows, 'payload' | 'count' | 'ends'> {
  /** Number of the last one in its part, whose first one is 1. */
  readonly last: number
  /** Of the content of each, or of the file: a row that has changed is another event. */
  readonly tags: readonly string[] | string
  /** What they were as events before they came into a file, where that is known. */
  readonly events?: Required<Pick<PackedRows, 'ids' | 'times'>> & { readonly types: readonly (string | undefined)[] }
  /** Where what follows begins. */
  readonly end: number
  /** Of CSV: what going on from there needs. */
  readonly shape?: Pick<FileState, 'columns' | 'separator'>
}

export interface ReadingFrom extends Pick<FileState, 'offset' | 'row' | 'columns' | 'separator'> {
  /** The file is being written: a last line without its end is left for the next time. */
  readonly isTorn: boolean
  /** Of the whole file. */
  readonly print: string
}

/** @throws UnreadableFile */
export type RowReader = (part: Part, settings: FilesSettings, from: ReadingFrom) => AsyncIterable<Rows>

/** More rows than these are not given at once, however short they are. */
export const rowsAtOnceMax = 2_000
