/**
 * Pages of a job that replaces rows: they are kept here, durably, until all of them are read, and only then go to the log. One file a
 * page: a line of JSON with what the rows are beside their data, and the rows as lines of JSON.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError } from '../errors.ts'
import type { DateRange } from '../sources.ts'
import type { PulledDraft } from './connector.ts'
import { dayMembers } from './row-days.ts'

export interface JobPages {
  /** Over one of the same number that a try before left. @throws MillraceError `storage_full`. */
  write(number: number, drafts: readonly PulledDraft[], payload: Buffer): Promise<void>
  /** Pages 1 to `count`, in order. */
  read(count: number): AsyncGenerator<readonly PulledDraft[]>
  /** Of pages 1 to `count`: the first member that in all rows is a day of the range. */
  dayMember(count: number): Promise<string | undefined>
  remove(): Promise<void>
}

interface Header {
  readonly rows: readonly (readonly [type: string, id: string | null, time: number | null, day: string | null])[]
  /** See {@link dayMembers}. */
  readonly dayMembers: readonly string[] | null
}

export async function openJobPages(folder: string, range: DateRange): Promise<JobPages> {
  const place = join(folder, 'pages')
  await mkdir(place, { recursive: true })
  const fileOf = (number: number) => join(place, `${String(number).padStart(6, '0')}.page`)

  async function parts(number: number): Promise<{ header: Header; payload: Buffer }> {
    const bytes = await readFile(fileOf(number))
    const end = bytes.indexOf(0x0a)
    return { header: JSON.parse(bytes.toString('utf8', 0, end)) as Header, payload: bytes.subarray(end + 1) }
  }

  return {
    async write(number, drafts, payload) {
      const header: Header = {
        rows: drafts.map(({ type, id, time, day }) => [type, id ?? null, time ?? null, day ?? null]),
        dayMembers: dayMembers(drafts, range) ?? null,
      }
      const file = fileOf(number)
      try {
        const handle = await open(`${file}.part`, 'w')
        try {
          await handle.writev([Buffer.from(`${JSON.stringify(header)}\n`), payload])
          await handle.datasync()
        } finally {
          await handle.close()
        }
        // failpoint: job.page.written
        await rename(`${file}.part`, file)
        await syncFolder(place)
      } catch (error) {
        throw toldFull(error)
      }
    },
    async *read(count) {
      for (let number = 1; number <= count; number++) {
        const { header, payload } = await parts(number)
        yield [...draftsOf(header, payload)]
      }
    },
    async dayMember(count) {
      let names: readonly string[] | undefined
      for (let number = 1; number <= count; number++) {
        const { dayMembers } = (await parts(number)).header
        if (dayMembers !== null) names = names?.filter((name) => dayMembers.includes(name)) ?? dayMembers
      }
      return names?.[0]
    },
    remove: () => rm(place, { recursive: true, force: true }),
  }
}

function* draftsOf({ rows }: Header, payload: Buffer): Generator<PulledDraft> {
  let start = 0
  for (const [type, id, time, day] of rows) {
    const end = payload.indexOf(0x0a, start) + 1
    const line = payload.subarray(start, end)
    yield {
      type,
      data: {},
      line,
      ...(id !== null && { id }),
      ...(time !== null && { time }),
      ...(day !== null && { day }),
    }
    start = end
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function toldFull(cause: unknown): unknown {
  if (!(cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT'))) return cause
  return new MillraceError('storage_full', 'The disk of the jobs is full', { cause, retryAfterSeconds: 2 })
}
