/**
 * Lines of an archive of raw events (`archive/event-lines.ts` draws them) as the events that they were: same id, type, time and data,
 * the data byte by byte. What could not be read then cannot now, and waits in the restream queue again.
 */
import { z } from 'zod'
import { draftsOf } from '../../packed-rows.ts'
import { UnreadableFile } from './file-bytes.ts'
import { readNdjson } from './ndjson.ts'
import type { RowReader } from './row.ts'

const dataKey = Buffer.from(',"data":')
const faultKey = Buffer.from(',"fault":')
const closing = Buffer.from('}')
const head = z.object({
  id: z.string(),
  type: z.string().optional(),
  receivedAt: z.string(),
  time: z.string().optional(),
})
const [lineFeed, carriageReturn] = [0x0a, 0x0d]

export const readArchive: RowReader = async function* (part, settings, from) {
  for await (const rows of readNdjson(part, { ...settings, encoding: 'utf-8' }, from)) {
    const lines = draftsOf({ ...rows, type: '' }).map(({ line }) => line!)
    const first = rows.last - rows.count + 1
    const events = lines.map((line, index) => eventOf(line, first + index))
    yield {
      ...rows,
      payload: Buffer.concat(events.map(({ line }) => line)),
      events: {
        ids: events.map(({ id }) => id),
        types: events.map(({ type }) => type),
        times: events.map(({ time }) => time),
      },
    }
  }
}

interface EventLine {
  readonly id: string
  readonly type: string | undefined
  readonly time: number
  readonly line: Buffer
}

/** @throws UnreadableFile */
function eventOf(line: Buffer, number: number): EventLine {
  const dataAt = line.indexOf(dataKey)
  const headEnd = dataAt >= 0 ? dataAt : line.indexOf(faultKey)
  const known = head.safeParse(parse(Buffer.concat([line.subarray(0, Math.max(0, headEnd)), closing]).toString()))
  if (!known.success) throw new UnreadableFile(`its line ${number} is none of an archive`)
  const { id, type, receivedAt, time } = known.data
  const raw = dataAt >= 0 ? line.subarray(dataAt + dataKey.length, line.lastIndexOf(closing)) : rawOf(line)
  return { id, type, time: Date.parse(time ?? receivedAt), line: Buffer.concat([onOneLine(raw), Buffer.of(lineFeed)]) }
}

function rawOf(line: Buffer): Buffer {
  const { raw } = z.object({ raw: z.base64() }).catch({ raw: '' }).parse(parse(line.toString()))
  return Buffer.from(raw, 'base64')
}

/** The place of a line break in what is no JSON tells nothing. */
function onOneLine(raw: Buffer): Buffer {
  if (!raw.includes(lineFeed) && !raw.includes(carriageReturn)) return raw
  return Buffer.from(raw.map((byte) => (byte === lineFeed || byte === carriageReturn ? 0x20 : byte)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
