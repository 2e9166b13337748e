/**
 * Events into DuckDB, durable and typed, against DuckDB alone loading the same rows by `read_json` with explicit columns.
 * Checkpoints count on both sides, and so do the columns that every table has (`_id`, `_time` and so on): DuckDB alone finds them in
 * its files. CPU time of the server's process; the load comes from this one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@millrace/event/id'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Access, feed, loaded } from './feed.ts'

const events = Number(process.argv[2] ?? 300_000)
const eventsPerBody = 500
const eventsPerFile = 50_000
const runs = 3

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const lines = Array.from({ length: events }, (_, i) => JSON.stringify(makeEvent(i)))
const columns = Object.fromEntries(Object.entries(makeRow(1)).map(([name, value]) => [name, sqlType(value)]))

/** An event as the row it becomes. */
function makeRow(i: number): Record<string, unknown> {
  const system = {
    _id: newId(1.7e12 + i),
    _time: isoTime(i),
    _received_at: isoTime(i),
    _input: 'native',
    _event_type: 'event',
  }
  return { ...system, ...makeEvent(i) }
}

function isoTime(i: number): string {
  return new Date(1.7e12 + Math.floor(i / eventsPerBody)).toISOString()
}

function sqlType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE'
  if (typeof value === 'boolean') return 'BOOLEAN'
  return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? 'TIMESTAMP' : 'VARCHAR'
}

try {
  const rates: { millrace: number; duckdb: number }[] = []
  for (let run = 0; run < runs; run++) {
    const duckdb = await duckdbAlone(run)
    const millrace = await throughMillrace(run)
    rates.push({ millrace, duckdb })
    console.log(
      `run ${run + 1}: Millrace ${format(millrace)}, DuckDB alone ${format(duckdb)} events per CPU second: ${((millrace / duckdb) * 100).toFixed(0)} %`,
    )
  }
  const ratio = median(rates.map(({ millrace, duckdb }) => millrace / duckdb))
  console.log(`median of ${runs}: ${(ratio * 100).toFixed(0)} %`)
} finally {
  rmSync(folder, { recursive: true })
}

async function duckdbAlone(run: number): Promise<number> {
  const files: string[] = []
  for (let start = 0; start < events; start += eventsPerFile) {
    files.push(join(folder, `${start}.ndjson`))
    const rows = Array.from({ length: Math.min(eventsPerFile, events - start) }, (_, i) =>
      JSON.stringify(makeRow(start + i)),
    )
    writeFileSync(files.at(-1)!, rows.join('\n'))
  }
  const child = startProcess('duckdb-alone', [join(folder, `alone-${run}.duckdb`), JSON.stringify(columns), ...files])
  const { cpuSeconds, rows } = await child.answer<{ cpuSeconds: number; rows: number }>()
  if (rows !== events) throw new Error(`DuckDB alone loaded ${rows} of ${events}`)
  return events / cpuSeconds
}

async function throughMillrace(run: number): Promise<number> {
  const data = join(folder, `data-${run}`)
  const server = startProcess('millrace', [data])
  const access = await server.answer<Access>()
  const bodies = lines.length / eventsPerBody
  await feed(
    access,
    Array.from({ length: bodies }, (_, i) =>
      Buffer.from(lines.slice(i * eventsPerBody, (i + 1) * eventsPerBody).join('\n')),
    ),
    8,
  )
  await loaded(access, events)
  const { cpuSeconds } = await server.answer<{ cpuSeconds: number }>('close')
  rmSync(data, { recursive: true })
  return events / cpuSeconds
}

function format(rate: number): string {
  return `${(rate / 1000).toFixed(0)}k`
}
