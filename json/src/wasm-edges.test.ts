/** Memories of modules are made as large as the work: whatever its size, nothing is read or written past their ends. */
import { limits } from '@millrace/event/limits'
import { expect, it } from 'vitest'
import { openWasmBatchFlattener, openWasmFlattener } from './flatten-wasm.ts'
import type { FlatLayout } from './flattener.ts'
import { openWasmScanner } from './scan-wasm.ts'
import { openWasmSeriesWriter } from './series-wasm.ts'
import { openWasmTextReader } from './texts-wasm.ts'
import { openWasmUnescaper } from './unescape-wasm.ts'

const bounds = { ...limits, requestEventsMax: 10 }
const layout: FlatLayout = {
  fields: ['type', 'properties', 'traits', 'at', 'made', 'sent'].map((key) => ({ key, writtenAs: key })),
  kindField: 0,
  nameField: 0,
  timeField: 3,
  kinds: [{ token: '"t"', flattened: 1, isLeftWhereHollow: false }],
  taken: [],
}

/** Reads something of about so many bytes, up to its last one, in memory of its own, and tells what was read. */
type Reading = (bytes: number) => { read: string; wanted: string }

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? '').toString()
const filled = (bytes: number) => 'x'.repeat(bytes)

const readings: Record<string, Reading> = {
  'a string': (bytes) => ({
    read: textOf(openWasmUnescaper().string(Buffer.from(`"${filled(bytes)}"`), 0)?.text),
    wanted: filled(bytes),
  }),
  'a field': (bytes) => ({
    read: textOf(openWasmUnescaper().field(Buffer.from(filled(bytes)), 0, bytes)),
    wanted: filled(bytes),
  }),
  lines: (bytes) => ({
    read: textOf(openWasmUnescaper().lines(Buffer.from(`["${filled(bytes)}"]`))?.text),
    wanted: `${filled(bytes)}\n`,
  }),
  'a text of objects': (bytes) => {
    const text = `[{"a":"${filled(bytes)}"}]`
    const body = Buffer.from(JSON.stringify(text))
    const reader = openWasmTextReader(bounds)
    reader.hold([body])
    reader.string(0)
    return { read: textOf(reader.records()?.payload), wanted: text }
  },
  'a text of texts': (bytes) => {
    const record = `{"a":"${filled(bytes)}"}`
    const body = Buffer.from(JSON.stringify(JSON.stringify([record])))
    const reader = openWasmTextReader(bounds)
    reader.hold([body])
    reader.string(0)
    return { read: textOf(reader.records()?.payload), wanted: `${record}\n` }
  },
  'a field of records': (bytes) => {
    const record = `{"a":"${filled(bytes)}"}`
    const body = Buffer.from(encodeURIComponent(record))
    const reader = openWasmTextReader(bounds)
    reader.hold([body])
    reader.field(0, body.length)
    return { read: textOf(reader.recordsOfLines()?.payload), wanted: record }
  },
  'a record': (bytes) => {
    const body = Buffer.from(`{"a":"${filled(bytes)}"}`)
    return { read: String(openWasmScanner(bounds).scan(body, 'json').ends[0]), wanted: String(body.length) }
  },
  'a value of a series': (bytes) => {
    const record = `{"k":"k","v":"${filled(bytes)}","t":1.5`
    const endings = { text: ',"a":"b"}', number: '}', boolean: '}' }
    const writer = openWasmSeriesWriter({ members: ['k', 'v', 't'], nameBytesMax: 9, secondsEnd: 9, endings })
    const places = [Uint32Array.of(0), Uint32Array.of(record.length + 1)] as const
    return { read: textOf(writer.write(Buffer.from(`${record}}`), ...places)?.rows), wanted: `${record},"a":"b"}` }
  },
  'a message': (bytes) => {
    const body = Buffer.from(`{"properties":{"a":"${filled(bytes)}"},"type":"t"}`)
    const { rows } = openWasmFlattener(layout).flatten(body, Uint32Array.of(0), undefined)
    return { read: textOf(rows), wanted: `{"type":"t","a":"${filled(bytes)}"}` }
  },
  'a batch': (bytes) => {
    const body = Buffer.from(`{"batch":[{"properties":{"a":"${filled(bytes)}"},"type":"t"}]}`)
    const found = openWasmBatchFlattener(layout, 'batch', bounds).flatten(body)
    return { read: textOf(found?.rows), wanted: `{"type":"t","a":"${filled(bytes)}"}` }
  },
}

it.each(Object.keys(readings))('%s is read to its end where memory just holds it', { timeout: 60_000 }, (name) => {
  for (let bytes = 8_000; bytes < 76_000; bytes += 300) {
    const { read, wanted } = readings[name]!(bytes)
    if (read !== wanted) expect(read, `${bytes} bytes`).toBe(wanted)
  }
})
