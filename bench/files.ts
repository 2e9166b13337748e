/**
 * A file of NDJSON, and the same rows as Parquet, into DuckDB by the files connector, the log and the mapper, against DuckDB reading
 * the file itself. CPU time of each process; checkpoints count on both sides.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Access, loaded } from './feed.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const runs = Number(process.argv[3] ?? 3)
const rowsPerWrite = 1_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  for (const name of await writeFiles()) {
    const ratios: number[] = []
    for (let run = 0; run < runs; run++) {
      const alone = await duckdbAlone(name)
      const { cpuSeconds, seconds, peakBytes } = await throughMillrace(name)
      ratios.push(alone / cpuSeconds)
      console.log(
        `${name}, run ${run + 1}: Millrace ${rate(cpuSeconds)}, DuckDB alone ${rate(alone)} rows per CPU second: ` +
          `${percent(ratios.at(-1)!)}; ${seconds.toFixed(0)} s, at most ${Math.round(peakBytes / 2 ** 20)} MiB resident`,
      )
    }
    console.log(`${name}, median of ${runs}: ${percent(median(ratios))}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function writeFiles(): Promise<string[]> {
  mkdirSync(join(folder, 'files'))
  const ndjson = join(folder, 'files', 'event.ndjson')
  await pipeline(Readable.from(makeLines()), createWriteStream(ndjson))
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(`COPY (FROM read_ndjson('${ndjson}')) TO '${ndjson.replace('.ndjson', '.parquet')}'`)
  connection.closeSync()
  return ['event.ndjson', 'event.parquet']
}

function* makeLines(): Generator<string> {
  for (let start = 0; start < rows; start += rowsPerWrite) {
    yield Array.from({ length: rowsPerWrite }, (_, index) => `${JSON.stringify(makeEvent(start + index))}\n`).join('')
  }
}

async function duckdbAlone(name: string): Promise<number> {
  const path = join(folder, 'alone.duckdb')
  const child = startProcess('duckdb-file', [path, join(folder, 'files', name)])
  const answer = await child.answer<{ cpuSeconds: number; rows: number }>()
  if (answer.rows !== rows) throw new Error(`DuckDB alone loaded ${answer.rows} of ${rows}`)
  rmSync(path)
  return answer.cpuSeconds
}

async function throughMillrace(pattern: string) {
  const data = join(folder, 'data')
  const server = startProcess('millrace', [data, join(folder, 'files')])
  const access = await server.answer<Access>()
  const { input } = await ask<{ input: { id: string } }>(access, 'inputs', {
    label: 'files',
    type: 'files',
    settings: { folder: '.', pattern, table: 'event' },
  })
  await server.answer('begin')
  const began = performance.now()
  await ask(access, `sources/${input.id}/run`, {})
  let peakBytes = 0
  let isLoaded = false
  const done = loaded(access, rows).then(() => {
    isLoaded = true
  })
  while (!isLoaded) {
    const { residentBytes } = await server.answer<{ residentBytes: number }>('memory')
    peakBytes = Math.max(peakBytes, residentBytes)
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 250))])
  }
  const seconds = (performance.now() - began) / 1000
  const { cpuSeconds } = await server.answer<{ cpuSeconds: number }>('close')
  rmSync(data, { recursive: true })
  return { cpuSeconds, seconds, peakBytes }
}

async function ask<T>({ url, token }: Access, path: string, body: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

function rate(cpuSeconds: number): string {
  return `${Math.round(rows / cpuSeconds / 1000)}k`
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}
