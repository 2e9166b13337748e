/**
 * Files: of a folder on this machine that the operator allows, of a bucket or a server of SFTP, or one at an address. What is new since the last time is read: files
 * that were not there, those that have changed, and what was appended to those that grow.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Connector, type ConnectorContext, NotRetryable, type Page } from '../connector.ts'
import { rowCountOf } from '../packed-rows.ts'
import { readArchive } from './files/archive-lines.ts'
import { openBucket } from './files/bucket-files.ts'
import { readCsv } from './files/csv.ts'
import { type FileBytes, UnreadableFile } from './files/file-bytes.ts'
import { readJson } from './files/json.ts'
import { type LocalFolder, openLocalFolder } from './files/local-files.ts'
import { readNdjson } from './files/ndjson.ts'
import { type FilesState, openPages, sourceOf } from './files/pages.ts'
import { partsOf } from './files/parts.ts'
import { placeOf } from './files/place.ts'
import { openRemoteFile } from './files/remote-file.ts'
import type { RowReader } from './files/row.ts'
import { type FileState, type FilesSettings, type Format, filesSettings, filesState } from './files/settings.ts'
import { openSftpFolder } from './files/sftp-files.ts'
import { icon } from './icon.ts'

const readParquet: RowReader = async function* (...given) {
  yield* (await import('./files/parquet.ts')).readParquet(...given)
}

const readers: Readonly<Record<Format, RowReader>> = {
  csv: readCsv,
  tsv: readCsv,
  json: readJson,
  ndjson: readNdjson,
  parquet: readParquet,
  archive: readArchive,
}

/** A last line without its end is whole where nothing was written for so long. */
const settledMs = 2_000
const problemsShown = 5

export const files: Connector<typeof filesSettings, typeof filesState> = {
  title: 'Files',
  icon: icon('<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 12h6M9 16h6"/>'),
  settings: filesSettings,
  state: filesState,
  isByDate: false,
  read,
}

async function* read(
  settings: FilesSettings,
  state: FilesState,
  context: ConnectorContext,
): AsyncGenerator<Page<FilesState>> {
  const place = await openPlace(settings, state, context)
  try {
    yield* readPlace(place, settings, state, context)
  } finally {
    place.close?.()
  }
}

async function* readPlace(
  { names, open }: LocalFolder,
  settings: FilesSettings,
  state: FilesState,
  context: ConnectorContext,
): AsyncGenerator<Page<FilesState>> {
  const pages = openPages(settings.table)
  const problems: string[] = []
  let rows = 0
  for (const [index, name] of names.entries()) {
    context.signal.throwIfAborted()
    try {
      const file = await open(name)
      if (file === undefined) continue
      try {
        const known = Object.hasOwn(state, name) ? state[name] : undefined
        for await (const page of readFile(file, known, pages, settings, context)) {
          yield page
          rows += rowCountOf(page)
          context.progress(index, names.length, `${name}, ${rows} rows so far`)
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error
      problems.push(`${name}: ${error.message}`)
      context.log.error('a file cannot be read', { file: name, reason: error })
    }
    context.progress(index + 1, names.length, name)
  }
  if (!pages.isEmpty) yield pages.take()
  if (problems.length > 0) throw new NotRetryable(describe(problems))
}

type Pages = ReturnType<typeof openPages>

async function openPlace(
  { folder, pattern, url, authorization, s3, sftp }: FilesSettings,
  state: FilesState,
  context: ConnectorContext,
): Promise<LocalFolder> {
  if (sftp !== undefined) return openSftpFolder(sftp, pattern, state, context)
  if (s3 !== undefined) return openBucket(s3, pattern, state, context.http)
  if (url === undefined) return openLocalFolder(context.filesRoot, folder ?? '.', pattern, context.log)
  const file = await openRemoteFile(context.http, url, authorization)
  return { names: [file.name], open: async () => file }
}

async function* readFile(
  file: FileBytes,
  known: FileState | undefined,
  pages: Pages,
  settings: FilesSettings,
  { log, signal }: ConnectorContext,
): AsyncGenerator<Page<FilesState>> {
  const parts = await partsOf(file, settings)
  if (parts.length === 0) return log.info('a file is passed over: its name says no format', { file: file.name })
  let place = await placeOf(file, parts, known)
  if (place === undefined) return
  const isTorn = parts[0]!.canGrow && (await isBeingWritten(file, signal))
  for (const part of parts.slice(place.part)) {
    const source = sourceOf(part.name)
    for await (const rows of readers[part.format](part, settings, { ...place, isTorn })) {
      if (rows.count === 0) continue
      pages.add(source, rows)
      place = { ...place, ...rows.shape, offset: rows.end, row: rows.last }
      pages.note(file.name, place)
      if (!pages.isFull) continue
      yield pages.take()
      signal.throwIfAborted()
    }
    if (place.part + 1 < parts.length) place = behindPart(place)
  }
  pages.note(file.name, { ...place, isDone: !isTorn })
  if (pages.isFull) yield pages.take()
}

function behindPart({ size, version, print, part }: FileState): FileState {
  return { size, version, print, part: part + 1, offset: 0, row: 0, isDone: false }
}

/** Whether the last line has no end and somebody is about to write it: that takes a moment to see. */
async function isBeingWritten(file: FileBytes, signal: AbortSignal): Promise<boolean> {
  if (file.modifiedAt === undefined || file.size === 0) return false
  const [last] = await file.read(file.size - 1, file.size)
  if (last === 0x0a) return false
  const age = Math.max(0, Date.now() - file.modifiedAt)
  if (age < settledMs) await delay(settledMs - age, undefined, { signal })
  return !(await file.isUnchanged())
}

function describe(problems: readonly string[]): string {
  const more = problems.length - problemsShown
  const shown = problems.slice(0, problemsShown).join('; ')
  return `${problems.length} of the files cannot be read: ${shown}${more > 0 ? `; and ${more} more` : ''}`
}
