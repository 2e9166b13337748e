/** Whatever a program tracks with our SDK, against a whole server: it is a row, told in words where it cannot be, or dropped and counted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@millrace/sdk/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let apiKey: string
const dir = mkdtempSync(join(tmpdir(), 'millrace-data-'))

beforeAll(async () => {
  server = await openTestServer()
  apiKey = JSON.parse(readFileSync(join(server.folder, 'data', 'local.json'), 'utf8')).ingestKey as string
})
afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

it('data of every kind arrives beside each other, and what cannot be sent is counted', async () => {
  const client = createClient({
    endpoint: server.url,
    apiKey,
    spool: { dir },
    logger: { debug() {}, warn() {}, error() {} },
  })
  const dropped: Record<string, number> = {}
  client.on('drop', ({ reason, count }) => {
    dropped[reason] = (dropped[reason] ?? 0) + count
  })
  const circular: Record<string, unknown> = { kind: 'circular' }
  circular['self'] = circular
  const mutated = { kind: 'mutated', list: [1] }
  const throwing = {
    kind: 'throwing',
    get bad(): never {
      throw new Error('no')
    },
  }
  const kinds: unknown[] = [
    circular,
    { kind: 'bigint', n: 12345678901234567890n },
    throwing,
    mutated,
    { kind: 'nan', n: Number.NaN, inf: Number.POSITIVE_INFINITY },
    { kind: 'undefined', gone: undefined, fn() {}, symbol: Symbol('s') },
    { kind: 'date', at: new Date(0), map: new Map([[1, 2]]) },
    { kind: 'surrogate', text: 'a\ud800b' },
    { kind: 'nul', text: 'a\u0000b' },
    { kind: 'proto', ['__proto__x']: 1, constructor: 1, toString: 2 },
    { kind: 'large', text: 'x'.repeat(500_000) },
  ]
  for (const data of kinds) client.track('any_data', data as object)
  mutated.kind = 'changed'
  mutated.list.push(2)
  const never: unknown[] = [undefined, null, 7, 'no JSON', [], () => {}, { text: 'x'.repeat(20_000_000) }]
  for (const data of never) client.track('any_data', data as object)
  await client.close({ timeoutMs: 20_000 })
  await server.settled()

  const rows = await server.rowsOf('SELECT * FROM any_data', kinds.length)
  const byKind = Object.fromEntries(rows.map((row) => [row['kind'], row]))
  expect(Object.keys(byKind).sort()).toEqual(
    kinds
      .map((data) => (data as { kind: string }).kind)
      .map((kind) => (kind === 'changed' ? 'mutated' : kind))
      .sort(),
  )
  expect(JSON.stringify(byKind['circular'])).toContain('[circular]')
  expect(String(byKind['bigint']!['n'])).toBe('12345678901234567890')
  expect(JSON.stringify(byKind['throwing'])).toContain('[unreadable]')
  expect(JSON.stringify(byKind['mutated']!['list'])).not.toContain('2')
  expect(byKind['nan']!['n'] ?? null).toBeNull()
  expect(String(byKind['large']!['text'])).toHaveLength(500_000)
  const { accepted, acked, rejected } = client.stats()
  expect([accepted, acked, rejected]).toEqual([kinds.length, kinds.length, 0])
  expect(Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(never.length)
  expect(dropped).toEqual({ invalid: never.length - 1, 'too-large': 1 })
})
