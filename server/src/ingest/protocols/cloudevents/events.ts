/**
 * Events in JSON format as rows, by the bytes: what is in `data` stands by itself, attributes as `ce_*` beside it.
 *
 *   {"specversion":"1.0","type":"sale","source":"/shop","id":"1","subject":"s","data":{"total":1}}
 *   {"ce_id":"1","ce_source":"/shop","ce_subject":"s","total":1}
 *
 * Data that is no object is the member `data` or `data_base64`. What in `data` has the name of an attribute stays in `data`.
 */
import { hash } from 'node:crypto'
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { CLOSE_BRACE, COMMA, OPEN_BRACE, QUOTE, skipSpace } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import type { EventFault } from '../../../batch.ts'
import { ByteWriter } from '../../byte-writer.ts'
import { readEventTime } from '../../event-time.ts'
import { eventTypeRule } from '../../event-type.ts'
import { type Member, membersOf } from '../../members.ts'
import type { DecodedEvents } from '../../protocol.ts'
import type { ScannedEvents } from '../../scan.ts'

/** The rows of the events that a scan found; what is none stays whole, with the reason. */
export function readCloudEvents(body: Buffer, { starts, ends, faults }: ScannedEvents): DecodedEvents {
  const count = starts.length
  const faulty = new Map<number, Reason>(faults.map((fault) => [fault.index, fault]))
  const out = new ByteWriter(body.length + count * addedBytes)
  const rows = { starts: new Uint32Array(count), ends: new Uint32Array(count) }
  const [types, typeIndex, ids, times]: [string[], number[], (string | null)[], (number | null)[]] = [[], [], [], []]
  const allFaults: EventFault[] = []
  for (let index = 0; index < count; index++) {
    const read = faulty.get(index) ?? readAttributes(body, starts[index]!, ends[index]!)
    const isFaulty = 'code' in read
    const type = isFaulty ? '' : read.type
    if (!types.includes(type)) types.push(type)
    typeIndex.push(types.indexOf(type))
    ids.push(isFaulty ? null : read.id)
    times.push(isFaulty ? null : read.time)
    rows.starts[index] = out.length
    if (isFaulty) {
      allFaults.push({ index, code: read.code, message: read.message })
      out.copy(body, starts[index]!, ends[index]!)
    } else writeRow(out, body, read.members)
    rows.ends[index] = out.length
  }
  const some = { ...(types.length > 1 ? { typeIndex } : {}), ...(allFaults.length === 0 ? {} : { faults: allFaults }) }
  return { types, ...some, ids, times, ...rows, payload: out.finish() }
}

type Reason = Pick<EventFault, 'code' | 'message'>

interface Attributes {
  readonly type: string
  readonly id: string
  readonly time: number | null
  readonly members: readonly Member[]
}

function readAttributes(body: Buffer, start: number, end: number): Attributes | Reason {
  const members = membersOf(body, start, end)
  const textOf = (name: string) => {
    const member = members.find(({ key }) => key === name)
    return member !== undefined && body[member.start] === QUOTE
      ? decodeString(body, member.start, member.end)
      : undefined
  }
  if (textOf('specversion') !== '1.0') return invalid('"specversion" has to be "1.0"')
  const [id, source, type] = [textOf('id'), textOf('source'), textOf('type')]
  if (!id) return invalid('"id" has to be a text that is not empty')
  if (!source) return invalid('"source" has to be a text that is not empty')
  if (type === undefined || !isEventType(type))
    return { code: 'invalid_event_type', message: `"type" has to be a text of ${eventTypeRule}` }
  const stray = members.find(({ key }) => !/^[a-z0-9]+$/.test(key) && key !== 'data_base64')
  if (stray !== undefined) return invalid('The name of an attribute has letters of a to z and digits only')
  const time = members.find(({ key }) => key === 'time')
  if (time === undefined || body[time.start] === LOWER_N) return { type, id: idOf(source, id), time: null, members }
  const at = readEventTime(textOf('time'))
  return at === undefined ? noTime : { type, id: idOf(source, id), time: at, members }
}

/** Source and id together tell one event from another; a source is a URI reference, which has no space. */
function idOf(source: string, id: string): string {
  const both = `${source} ${id}`.toWellFormed()
  return both.length <= limits.eventIdCharsMax ? both : hash('sha256', both)
}

function writeRow(out: ByteWriter, body: Buffer, members: readonly Member[]): void {
  const write = (prefix: string, start: number, end: number) => {
    if (out.last !== OPEN_BRACE) out.byte(COMMA)
    out.add(Buffer.from(prefix))
    out.copy(body, start, end)
  }
  const names = new Set(['data', 'data_base64'])
  out.byte(OPEN_BRACE)
  for (const { key, start, end } of members) {
    if (isNoColumn(key) || body[start] === LOWER_N) continue
    names.add(`ce_${key}`)
    write(`"ce_${key}":`, start, end)
  }
  for (const { key, start, end } of members) {
    if (key === 'data_base64') write('"data_base64":', start, end)
    if (key !== 'data' || body[start] === LOWER_N) continue
    const split = body[start] === OPEN_BRACE ? splitData(body, start, end, names) : undefined
    if (split === undefined) write('"data":', start, end)
    else {
      for (const [from, to] of split.columns) write('', from, to)
      if (split.kept.length === 0) continue
      write('"data":{', start, start)
      for (const { keyStart, end } of split.kept) write('', keyStart, end)
      out.byte(CLOSE_BRACE)
    }
  }
  out.byte(CLOSE_BRACE)
}

interface SplitData {
  /** Places of members, or of runs of them, that are columns by themselves. */
  readonly columns: readonly (readonly [start: number, end: number])[]
  /** Those whose names are taken. */
  readonly kept: readonly Member[]
}

function splitData(body: Buffer, start: number, end: number, names: ReadonlySet<string>): SplitData {
  if (body[skipSpace(body, start + 1)] === CLOSE_BRACE) return { columns: [], kept: [] }
  const bytes = body.subarray(start, end)
  const mayHaveTaken = bytes.includes('"ce_') || bytes.includes('"data') || bytes.includes('\\u')
  if (!mayHaveTaken) return { columns: [[start + 1, end - 1]], kept: [] }
  const members = membersOf(body, start, end)
  const columns = members.filter(({ key }) => !names.has(key)).map(({ keyStart, end }) => [keyStart, end] as const)
  return { columns, kept: members.filter(({ key }) => names.has(key)) }
}

/** What the system's columns say, and the data. */
function isNoColumn(key: string): boolean {
  return ['specversion', 'type', 'time', 'data', 'data_base64'].includes(key)
}

function invalid(message: string): Reason {
  return { code: 'invalid_request', message }
}

const noTime: Reason = {
  code: 'invalid_event_time',
  message: '"time" has to be a time of RFC 3339, within the years 1 to 9999',
}

/** What a row is longer than its event: `ce_`, for a few attributes. */
const addedBytes = 32
const LOWER_N = 0x6e
