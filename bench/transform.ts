/**
 * Events into DuckDB with users' code on the way, against DuckDB alone loading the same rows by `read_json`: the code renames two
 * fields, drops one, computes one and looks one up. `node bench/transform.ts [events] [typescript|python]`. CPU time of the server
 * and of the processes that run the code; the load comes from this one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@millrace/event/id'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Access, feed, loaded, makeBodies } from './feed.ts'

const events = Number(process.argv[2] ?? 300_000)
const language = process.argv[3] ?? 'typescript'
const [eventsPerBody, eventsPerFile, runs] = [500, 50_000, 3]

const continents = { DE: 'Europe', US: 'North America', FR: 'Europe', BR: 'South America', JP: 'Asia', IN: 'Asia' }
const code: Record<string, string> = {
  typescript: `export function transform(event: any) {
  const { user, session, referrer, ...rest } = event
  rest.user_id = user
  rest.session_id = session
  rest.total = rest.price * rest.quantity
  rest.continent = lookups.get('continents', rest.country)
  return rest
}`,
  python: `def transform(event):
    event["user_id"] = event.pop("user")
    event["session_id"] = event.pop("session")
    del event["referrer"]
    event["total"] = event["price"] * event["quantity"]
    event["continent"] = lookups.get("continents", event["country"])
    return event
`,
}

/** The row that an event becomes. */
function makeRow(i: number): Record<string, unknown> {
  const { user, session, referrer: _, ...rest } = makeEvent(i)
  const at = new Date(1.7e12 + Math.floor(i / eventsPerBody)).toISOString()
  return {
    _id: newId(1.7e12 + i),
    _time: at,
    _received_at: at,
    _input: 'native',
    _event_type: 'event',
    _transform_version: 1,
    ...rest,
    user_id: user,
    session_id: session,
    total: Number(rest['price']) * Number(rest['quantity']),
    continent: continents[rest['country'] as keyof typeof continents],
  }
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  const ratios: number[] = []
  for (let run = 0; run < runs; run++) {
    const duckdb = await duckdbAlone(run)
    const millrace = await throughMillrace(run)
    ratios.push(millrace / duckdb)
    const percent = ((millrace / duckdb) * 100).toFixed(0)
    console.log(
      `run ${run + 1}: ${language} ${format(millrace)}, DuckDB alone ${format(duckdb)} events per CPU second: ${percent} %`,
    )
  }
  console.log(`median of ${runs}: ${(median(ratios) * 100).toFixed(0)} %`)
} finally {
  rmSync(folder, { recursive: true })
}

async function duckdbAlone(run: number): Promise<number> {
  const columns = Object.fromEntries(Object.entries(makeRow(1)).map(([name, value]) => [name, sqlType(value)]))
  columns['total'] = 'DOUBLE'
  columns['price'] = 'DOUBLE'
  const files: string[] = []
  for (let start = 0; start < events; start += eventsPerFile) {
    files.push(join(folder, `${start}.ndjson`))
    const count = Math.min(eventsPerFile, events - start)
    writeFileSync(files.at(-1)!, Array.from({ length: count }, (_, i) => JSON.stringify(makeRow(start + i))).join('\n'))
  }
  const child = startProcess('duckdb-alone', [join(folder, `alone-${run}.duckdb`), JSON.stringify(columns), ...files])
  const { cpuSeconds, rows } = await child.answer<{ cpuSeconds: number; rows: number }>()
  if (rows !== events) throw new Error(`DuckDB alone loaded ${rows} of ${events}`)
  return events / cpuSeconds
}

function sqlType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE'
  if (typeof value === 'boolean') return 'BOOLEAN'
  return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? 'TIMESTAMP' : 'VARCHAR'
}

async function throughMillrace(run: number): Promise<number> {
  const data = join(folder, `data-${run}`)
  const server = startProcess('millrace', [data])
  const access = await server.answer<Access>()
  await put(access, '/transforms/lookups/continents', { entries: continents, message: 'Continents' })
  await put(access, '/transforms/modules/main', { language, code: code[language], message: 'Benchmark' })
  await feed(access, makeBodies(1, eventsPerBody, events), 1) // starts the process that runs the code
  await loaded(access, eventsPerBody)
  await server.answer('begin')
  await feed(access, makeBodies(events / eventsPerBody, eventsPerBody), 8)
  await loaded(access, events + eventsPerBody)
  const { cpuSeconds } = await server.answer<{ cpuSeconds: number }>('close')
  rmSync(data, { recursive: true })
  return events / cpuSeconds
}

async function put({ url, token }: Access, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
}

function format(rate: number): string {
  return `${(rate / 1000).toFixed(0)}k`
}
