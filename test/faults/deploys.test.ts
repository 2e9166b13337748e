/** F26: users' code and mappings change under load, and the server dies in between: each event is made by exactly one version, and its row says which. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { askWell, rowsOf } from './requests.ts'
import { adminToken, type ServerProcess, startServerProcess } from './server-process.ts'

const [deploys, eventsPerBatch] = [8, 5]
/** That many were answered before the stream ends: a dying server may refuse many. */
const mappingChanges = 3
/** After so many deploys the server is killed. */
const deathsAfter = [2, 4, 6]

it('deploys and mappings in the middle of a stream, and deaths amid them', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  let server: ServerProcess = await startServerProcess({ folder })
  const restart = async () => {
    server.signal('SIGKILL')
    await server.exited
    server = await startServerProcess({ folder })
  }
  try {
    await deploy(server, 1)
    const stop = new AbortController()
    const answered = deployOnAndOn(() => server, stop.signal)
    const sinceAnswer = await sendAll(() => server, restart, answered)
    stop.abort()
    await answered.ended
    const events = sinceAnswer.length * eventsPerBatch
    await loaded(server, events)

    const rows = await rowsOf(server.url, 'SELECT n, made_by, _transform_version FROM chaos ORDER BY n LIMIT 10000')
    expect(rows.map(([n]) => n)).toEqual(Array.from({ length: events }, (_, n) => n))
    const torn = rows.filter(([, madeBy, version]) => madeBy !== codeOf(Number(version)))
    expect(torn).toEqual([])
    const early = rows.filter(
      ([n, , version]) => Number(version) < sinceAnswer[Math.floor(Number(n) / eventsPerBatch)]!,
    )
    expect(early).toEqual([])
    const { mapping } = await askWell<Mapped>(server.url, '/api/v1/event-types/chaos')
    expect(mapping.version).toBeGreaterThan(mappingChanges)
    expect(mapping.fields.map(({ column }) => column).sort()).toEqual(['made_by', 'n'])
    expect(new Set(rows.map(([, , version]) => version)).size).toBeGreaterThan(1)
    const { findings } = await askWell<{ findings: { isRight: boolean }[] }>(server.url, '/api/v1/verify')
    expect(findings.filter(({ isRight }) => !isRight)).toEqual([])
  } finally {
    server.signal('SIGKILL')
    await server.exited
    rmSync(folder, { recursive: true, force: true })
  }
})

/** What the code of a version writes into each event: versions are numbered in the order of their deploys, and none is left out. */
function codeOf(version: number): string {
  return `version ${version}`
}

async function deploy({ url }: ServerProcess, version: number): Promise<number> {
  const response = await fetch(`${url}/api/v1/transforms/modules/main`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      language: 'javascript',
      code: `export const transform = (event) => ({ ...event, made_by: '${codeOf(version)}' })`,
      message: 'Another one',
      baseVersion: version - 1,
    }),
  })
  const answer = (await response.json()) as { version: number }
  if (!response.ok) throw new Error(`A deploy was answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer.version
}

interface Mapped {
  readonly mapping: { readonly version: number; readonly table: string; readonly fields: readonly MappedField[] }
}

interface MappedField {
  readonly path: readonly string[]
  readonly column: string
  readonly type: string
}

/** The same columns under another rule: a new version, between those that the events' own fields make. */
async function changeMapping({ url }: ServerProcess, turn: number): Promise<number> {
  const { mapping } = await askWell<Mapped>(url, '/api/v1/event-types/chaos')
  const response = await fetch(`${url}/api/v1/event-types/chaos/mapping`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      table: mapping.table,
      onConflict: turn % 2 === 0 ? 'widen' : 'restream',
      fields: mapping.fields.map(({ path, column, type }) => ({ path, column, type, origin: 'auto' })),
    }),
  })
  if (!response.ok) throw new Error(`A mapping was answered ${response.status}: ${await response.text()}`)
  const answer = (await response.json()) as { version: number }
  expect(answer.version).toBeGreaterThan(mapping.version)
  return answer.version
}

interface Deploys {
  /** Those that were answered, ascending. */
  readonly versions: number[]
  /** The versions of the mapping that were answered, ascending. */
  readonly mappings: number[]
  readonly ended: Promise<void>
}

/** A deploy without an answer may have happened: the server is asked. */
function deployOnAndOn(server: () => ServerProcess, signal: AbortSignal): Deploys {
  const versions = [1]
  const mappings: number[] = []
  const run = async () => {
    while (!signal.aborted) {
      try {
        const { newestVersion } = await askWell<{ newestVersion: number }>(server().url, '/api/v1/transforms/state')
        versions.push(await deploy(server(), newestVersion + 1))
        mappings.push(await changeMapping(server(), versions.length))
      } catch {
        await delay(100) // it is dead, or starts
      }
      await delay(20)
    }
  }
  return { versions, mappings, ended: run() }
}

/** Sends every batch until it is acknowledged, and kills the server now and then. For each batch the version that was answered before it. */
async function sendAll(
  server: () => ServerProcess,
  restart: () => Promise<void>,
  { versions, mappings }: Deploys,
): Promise<number[]> {
  const before: number[] = []
  const deaths = [...deathsAfter]
  const isDone = () => versions.length >= deploys && mappings.length >= mappingChanges && deaths.length === 0
  for (let batch = 0; !isDone(); batch++) {
    if (versions.length > deaths[0]!) {
      deaths.shift()
      await restart()
    }
    const lines = Array.from({ length: eventsPerBatch }, (_, i) => `{"n":${batch * eventsPerBatch + i}}`)
    before.push(versions.at(-1)!)
    for (;;) {
      const answer = await postBatch(server().url, `batch-${batch}`, lines.join('\n')).catch(() => undefined)
      if (answer?.status === 200) break
      await delay(50)
    }
    await delay(10)
  }
  return before
}

async function loaded({ url }: ServerProcess, events: number): Promise<void> {
  const count = async () => (await rowsOf(url, 'SELECT count(*)::INTEGER FROM chaos').catch(() => [[0]]))[0]![0]
  await expect.poll(count, { timeout: 60_000, interval: 100 }).toBe(events)
}
