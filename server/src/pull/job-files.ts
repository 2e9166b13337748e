/**
 * What a job leaves beside its row, in a folder of its own: the lines of its log, and pages as they were retrieved. Both are for
 * looking at, and bounded: a full disk costs lines and pages, never the job.
 */
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { hasCode, MillraceError } from '../errors.ts'
import type { JobLogLine, RawPage } from '../sources.ts'
import type { LogFields, Logger } from '../telemetry.ts'
import type { Page } from './connector.ts'
import type { Redaction } from './redaction.ts'

export interface JobFiles {
  readonly log: Logger
  /** Keeps a page by its number, over one with the same that a try before left. */
  keep(number: number, raw: NonNullable<Page<unknown>['raw']>): Promise<void>
  /** Resolves when every line is written. */
  settled(): Promise<void>
}

const logBytesMax = 1024 * 1024
/** What intake and everything else needs of a disk is not filled with what is only for looking at. */
const freeShareMin = 0.05
const freeBytesMin = 10 * 1024 ** 3
const logName = 'log.ndjson'
const rawName = 'raw'
/** What is said of a page, in a file of the page's name. */
const metadataName = 'raw-metadata'
const metadataBytesMax = 64 * 1024

/** @param rawBytesMax Of pages, as much is kept. */
export async function openJobFiles(folder: string, { redact }: Redaction, rawBytesMax = 1024 ** 3): Promise<JobFiles> {
  await mkdir(join(folder, rawName), { recursive: true })
  let logBytes = await sizeOf(join(folder, logName))
  let rawBytes = (await rawPages(folder)).reduce((sum, { bytes }) => sum + bytes, 0)
  let writing: Promise<unknown> = Promise.resolve()
  let isFull = false

  const write =
    (level: JobLogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      if (logBytes > logBytesMax) return
      const line: JobLogLine = { at: Date.now(), level, message: redact(message), fields: plainOf(fields, redact) }
      const isLast = logBytes + JSON.stringify(line).length > logBytesMax
      const text = `${JSON.stringify(isLast ? { ...line, message: 'The log is full: nothing more is kept', fields: {} } : line)}\n`
      logBytes = isLast ? logBytesMax + 1 : logBytes + text.length
      writing = writing.then(() => appendFile(join(folder, logName), text)).catch(() => {})
    }
  async function keepMetadata(name: string, text: string): Promise<void> {
    if (text.length > metadataBytesMax) return log.warn('metadata of a page are too large to be kept', { name })
    await mkdir(join(folder, metadataName), { recursive: true })
    await writeFile(join(folder, metadataName, name), text)
  }
  const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return {
    log,
    async keep(number, { name, bytes, metadata }) {
      const fileName = `${String(number).padStart(6, '0')}-${fileNameOf(name)}`
      const file = join(folder, rawName, fileName)
      const more = bytes.length - (await sizeOf(file))
      try {
        const reason = rawBytes + more > rawBytesMax ? 'so much of a job is kept' : await fullness(folder, more)
        if (reason !== undefined) {
          // Those that follow may be smaller: what is kept shall be the beginning, without gaps.
          if (!isFull) log.warn('pages from here on are not kept', { number, keptBytes: rawBytes, reason })
          isFull = true
        }
        if (isFull) return
        if (metadata !== undefined) await keepMetadata(fileName, redact(JSON.stringify(metadata)))
        await writeFile(`${file}.part`, bytes)
        await rename(`${file}.part`, file)
        rawBytes += more
      } catch (error) {
        log.warn('a page is not kept', { number, reason: error as Error })
      }
    },
    settled: async () => void (await writing),
  }
}

/** Why a disk takes no pages; undefined where it does. */
async function fullness(folder: string, more: number): Promise<string | undefined> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const least = Math.min(freeBytesMin, blocks * bsize * freeShareMin)
  return bavail * bsize - more < least ? 'the disk is nearly full' : undefined
}

/** From the line `from` (0 is the first) on. */
export async function readJobLog(folder: string, from: number, limit: number): Promise<JobLogLine[]> {
  const text = await readFile(join(folder, logName), 'utf8').catch(() => '')
  // What follows the last line break is being written.
  const lines = text.split('\n').slice(0, -1)
  return lines.slice(from, from + limit).flatMap((line) => {
    try {
      return [JSON.parse(line) as JobLogLine]
    } catch {
      return [{ at: 0, level: 'warn' as const, message: 'a line that is damaged', fields: {} }]
    }
  })
}

/** In their order. */
export async function rawPages(folder: string): Promise<RawPage[]> {
  const names = (await readdir(join(folder, rawName)).catch(() => [])).filter((name) => !name.endsWith('.part'))
  const of = async (name: string) => {
    const metadata = await metadataOf(folder, name)
    return { name, bytes: await sizeOf(join(folder, rawName, name)), ...(metadata && { metadata }) }
  }
  return Promise.all(names.toSorted().map(of))
}

/** Undefined also where a process died while it wrote them. */
async function metadataOf(folder: string, name: string): Promise<RawPage['metadata']> {
  try {
    return JSON.parse(await readFile(join(folder, metadataName, name), 'utf8')) as RawPage['metadata']
  } catch {
    return undefined
  }
}

/** @throws MillraceError `not_found`. */
export async function openRawPage(folder: string, name: string): Promise<{ bytes: number; stream: Readable }> {
  const file = join(folder, rawName, name)
  const found =
    name === fileNameOf(name) && !name.endsWith('.part') ? await stat(file).catch(() => undefined) : undefined
  if (!found?.isFile()) throw new MillraceError('not_found', 'There is no such page')
  return { bytes: found.size, stream: createReadStream(file) }
}

/** Removes those of a folder's folders that `isKept` says no of. */
export async function sweep(folder: string, isKept: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (!isKept(name)) await rm(join(folder, name), { recursive: true, force: true })
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

/** Nothing of a path, and nothing that some file system or shell takes for its own. */
function fileNameOf(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^\.+/, '')
      .slice(-80) || 'page'
  )
}

function plainOf(fields: LogFields, redact: (text: string) => string): JobLogLine['fields'] {
  const plain = (value: LogFields[string]) => {
    if (value === undefined || value === null) return null
    if (value instanceof Error) return redact(toldOf(value))
    return typeof value === 'number' || typeof value === 'boolean' ? value : redact(String(value))
  }
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]))
}

/** The cause where the message does not tell it already, and what may be done about it. */
function toldOf(error: Error): string {
  const { message, cause } = error
  const isTold = !(cause instanceof Error) || hasCode(error, 'internal') || message.includes(cause.message)
  const hint = error instanceof MillraceError && error.hint !== undefined ? `. ${error.hint}` : ''
  return `${message}${isTold ? '' : `: ${cause.message}`}${hint}`
}
