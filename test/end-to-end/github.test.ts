/** Every leaf value of GitHub's webhook payloads is found again in its table, with its value and a sensible type. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DemoApi, openDemoApi } from '../../examples/demo/api.ts'
import { githubDeliveries } from '../../examples/demo/datasets.ts'
import { sendDatasets } from '../../examples/demo/send.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

interface Field {
  path: string[]
  column: string
  type: string
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-github-'))
let server: Awaited<ReturnType<typeof startServer>>
let access: { url: string; token: string; ingestKey: string }
let api: DemoApi

beforeAll(async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
  access = JSON.parse(readFileSync(join(folder, 'data', 'local.json'), 'utf8'))
  api = openDemoApi(access)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

it('finds every leaf value of every payload in its column', async () => {
  const deliveries = githubDeliveries()
  const sent = await sendDatasets(access, deliveries, () => {})
  await loaded(sent)
  let leaves = 0
  for (const { type, records } of deliveries) {
    const { mapping } = (await api.get(`/api/v1/event-types/${type}`)) as {
      mapping: { table: string; fields: Field[] }
    }
    const fields = new Map(mapping.fields.map((field) => [JSON.stringify(field.path), field]))
    const columns = mapping.fields.map(({ column }) => `"${column}"`).join(', ')
    // Ids of one client end in a number that counts up.
    const { rows } = await api.query(`SELECT ${columns} FROM "${mapping.table}" ORDER BY length(_id), _id`)
    expect(rows.length).toBe(records.length)
    for (const [index, record] of records.entries())
      for (const [path, value] of leavesOf(JSON.parse(record), [])) {
        const field = fields.get(JSON.stringify(path))
        expect(field, `${type}: ${path.join('.')} has no column`).toBeDefined()
        const found = rows[index]![mapping.fields.indexOf(field!)]
        expect(meaning(found, field!.type), `${type}: ${path.join('.')} of record ${index}`).toEqual(
          asHeld(value, field!.type),
        )
        expect(isSensible(value, field!.type), `${path.join('.')} is ${field!.type}`).toBe(true)
        leaves++
      }
  }
  expect(leaves).toBeGreaterThan(10_000)
})

async function loaded(events: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const { partitions } = (await api.get('/api/v1/status')) as {
          partitions: { books: { loaded: number; restreamed: number } }[]
        }
        return partitions[0]!.books
      },
      { timeout: 60_000, interval: 100 },
    )
    .toMatchObject({ loaded: events, restreamed: 0 })
}

const depthMax = 8

function* leavesOf(value: Json, path: string[]): Generator<[string[], Json]> {
  if (value === null) return
  if (typeof value !== 'object' || Array.isArray(value) || path.length === depthMax) yield [path, value]
  else for (const [key, member] of Object.entries(value)) yield* leavesOf(member, [...path, key])
}

/** A value of a table as the JSON it came from. */
function meaning(found: unknown, type: string): unknown {
  if (type === 'JSON') return JSON.parse(found as string)
  if (type === 'BIGINT') return Number(found)
  if (type === 'TIMESTAMP' || type === 'DATE')
    return expect.toSatisfy((sent: string) => Date.parse(sent) === Date.parse(found as string))
  return found
}

/** A field that is a number in one event and text in another is text: what the number says stays the same. */
function asHeld(value: Json, type: string): Json {
  return type === 'VARCHAR' && typeof value !== 'object' ? String(value) : value
}

function isSensible(value: Json, type: string): boolean {
  if (typeof value === 'boolean') return type === 'BOOLEAN' || type === 'VARCHAR' || type === 'JSON'
  if (typeof value === 'number') return /^(BIGINT|DOUBLE|DECIMAL|VARCHAR|JSON)/.test(type)
  if (typeof value === 'string') return /^(VARCHAR|TIMESTAMP|DATE|JSON)/.test(type)
  return type === 'JSON'
}
