/** A row of a file, and how files of each format are read: some rows at a time. */
import type { PulledDraft } from '../../connector.ts'
import type { Part } from './parts.ts'
import type { FileState, FilesSettings } from './settings.ts'

export interface Row extends Pick<PulledDraft, 'data' | 'line'> {
  /** Its number in the part, from 1 on. */
  readonly number: number
  /** Of its content: a row that has changed is another event. */
  readonly tag: string
  /** About how many bytes of JSON it is. */
  readonly bytes: number
  /** What it was as an event before it came into a file, where that is known. */
  readonly event?: { readonly id: string; readonly type?: string; readonly time: number }
  /** Where the next one begins. */
  readonly end: number
}

export interface Rows {
  readonly rows: readonly Row[]
  /** Of CSV: what going on from here needs. */
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
