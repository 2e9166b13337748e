/**
 * Batches of columns into DuckDB by our loader, against DuckDB alone loading the same rows by `read_json` with explicit columns.
 * Checkpoints count on both sides, parsing on DuckDB's only: what a faster or slower hand-over would change.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'

const events = Number(process.argv[2] ?? 600_000)
const eventsPerBatch = 50_000
const runs = 3

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const columns = Object.fromEntries(Object.entries(makeEvent(1)).map(([name, value]) => [name, sqlType(value)]))

function sqlType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE'
  return typeof value === 'boolean' ? 'BOOLEAN' : 'VARCHAR'
}

interface Answer {
  readonly cpuSeconds: number
  readonly rows: number
  readonly peakBytes?: number
}

try {
  const files = writeFiles()
  const ratios: number[] = []
  for (let run = 0; run < runs; run++) {
    const alone = await load('duckdb-alone', [join(folder, `alone-${run}.duckdb`), JSON.stringify(columns), ...files])
    const ours = await load('load-duckdb', [join(folder, `ours-${run}.duckdb`), JSON.stringify(columns), `${events}`])
    ratios.push(alone.cpuSeconds / ours.cpuSeconds)
    console.log(
      `run ${run + 1}: loader ${rate(ours)}, DuckDB alone ${rate(alone)} rows per CPU second: ${percent(ratios.at(-1)!)}; ` +
        `the loader's process had ${Math.round(ours.peakBytes! / 2 ** 20)} MiB at most`,
    )
  }
  console.log(`median of ${runs}: ${percent(median(ratios))}`)
} finally {
  rmSync(folder, { recursive: true })
}

function writeFiles(): string[] {
  return Array.from({ length: events / eventsPerBatch }, (_, file) => {
    const path = join(folder, `${file}.ndjson`)
    const lines = Array.from({ length: eventsPerBatch }, (_, index) =>
      JSON.stringify(makeEvent(file * eventsPerBatch + index)),
    )
    writeFileSync(path, lines.join('\n'))
    return path
  })
}

async function load(name: string, args: readonly string[]): Promise<Answer> {
  const answer = await startProcess(name, args).answer<Answer>()
  if (answer.rows !== events) throw new Error(`${name} loaded ${answer.rows} of ${events}`)
  return answer
}

function rate({ cpuSeconds }: Answer): string {
  return `${Math.round(events / cpuSeconds / 1000)}k`
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}
