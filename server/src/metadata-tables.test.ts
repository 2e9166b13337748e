import { expect, test, vi } from 'vitest'
import { type MetadataKind, type MetadataSource, openMetadataTables, refuseReservedTable } from './metadata-tables.ts'
import type { StatementRequest, TableStatus } from './query.ts'
import { silentLogger } from './telemetry.ts'

/** A workspace of one source, whose changes are counted; and a destination that keeps what it is told. */
function openFake({ failing = false } = {}) {
  const filled = new Map<MetadataKind, number>()
  const statements: StatementRequest[] = []
  const state = { newest: 5, label: "it's", gone: [] as string[] }
  const source: MetadataSource = {
    workspacesWithJobs: async () => ['lab'],
    filledTo: async (_, kind) => filled.get(kind) ?? 0,
    setFilledTo: async (_, kind, change) => void filled.set(kind, change),
    newestChange: async () => state.newest,
    async *changes(_, kind, since) {
      if (kind === 'workspaces' && since < state.newest) {
        yield { rows: [['lab', state.label, 0, null]], gone: state.gone }
      }
    },
  }
  const tables: TableStatus[] = []
  const parts = {
    source,
    statement: async (_: string, __: string, request: StatementRequest) => {
      if (failing) throw new Error('no destination')
      statements.push(request)
      return { rowCount: 0 }
    },
    tables: async () => tables,
    logger: silentLogger,
  }
  return { parts, statements, state, filled }
}

test('every so often the tables of workspaces with jobs are filled by themselves', async () => {
  vi.useFakeTimers()
  try {
    const { parts, statements, filled } = openFake()
    const metadata = openMetadataTables({ ...parts, everyMs: 60_000 })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(statements).toEqual([])
    await vi.advanceTimersByTimeAsync(2_000)
    await metadata.close()
    expect(new Set(statements.map(({ target }) => target))).toEqual(
      new Set(['millrace_workspaces', 'millrace_sources', 'millrace_jobs']),
    )
    expect(filled.get('workspaces')).toBe(5)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(statements.filter(({ target }) => target === 'millrace_sources')).toHaveLength(1)
  } finally {
    vi.useRealTimers()
  }
})

test('texts of metadata are no SQL, and a table that is not there is made whole', async () => {
  const { parts, statements } = openFake()
  const metadata = openMetadataTables(parts)
  await metadata.refresh('lab')
  const [made, written] = statements.map(({ work }) => work)
  expect(made).toMatchObject({ kind: 'select', mode: 'replace' })
  expect(written).toMatchObject({ kind: 'select', mode: 'upsert', key: ['id'] })
  expect((written as { sql: string }).sql).toContain(`"name":"it''s"`)
  await metadata.close()
})

test('a destination that fails is told to whoever asks, and filled from the same change again', async () => {
  const { parts, filled } = openFake({ failing: true })
  const metadata = openMetadataTables(parts)
  await expect(metadata.refresh('lab')).rejects.toThrow('no destination')
  expect(filled.size).toBe(0)
  await metadata.close()
})

test.each(['millrace_jobs', 'Millrace_other'])('the name %s is reserved', (name) => {
  expect(() => refuseReservedTable(name)).toThrow(expect.objectContaining({ code: 'query_refused' }))
})
