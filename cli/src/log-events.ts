/** The events of a log's records as text, one JSON line each, their data as it was received. */
import { isUtf8 } from 'node:buffer'
import { idAt } from '@millrace/event/id'
import type { EventBatch } from '@millrace/server/batch'
import type { LogRecord } from '@millrace/server/log/log'

/** The lines of a record's events from an offset on. */
export function* eventLines(record: LogRecord, batch: EventBatch, from: bigint): Generator<string> {
  const faults = new Map(batch.faults?.map((fault) => [fault.index, fault]))
  for (let index = Number(from > record.offset ? from - record.offset : 0n); index < record.count; index++) {
    const fault = faults.get(index)
    const time = batch.times?.[index] ?? batch.receivedAt
    const head = {
      offset: (record.offset + BigInt(index)).toString(),
      id: batch.ids?.[index] ?? idAt(batch.idBase, index),
      type: batch.types[batch.typeIndex?.[index] ?? 0],
      time: new Date(time).toISOString(),
      receivedAt: new Date(batch.receivedAt).toISOString(),
      input: batch.input.label,
      ...(batch.resent && { resent: batch.resent[index] }),
      ...(fault && { fault: { code: fault.code, message: fault.message } }),
    }
    const raw = Buffer.from(batch.payload.subarray(batch.starts[index], batch.ends[index]))
    yield `${JSON.stringify(head).slice(0, -1)},${fault ? brokenData(raw) : `"data":${onOneLine(raw)}`}}\n`
  }
}

/** What is no JSON cannot stand as a value of a JSON line. */
function brokenData(raw: Buffer): string {
  return isUtf8(raw) ? `"raw":${JSON.stringify(raw.toString())}` : `"rawBase64":"${raw.toString('base64')}"`
}

/** Line breaks between tokens become blanks; a string of JSON cannot hold any. */
function onOneLine(raw: Buffer): string {
  return raw.toString().replace(/[\r\n]+/g, ' ')
}
