/** The client's workspaces, bulk operations and tables of metadata against a server that runs. */
import {
  type BulkProgress,
  bulkEnded,
  cancelBulk,
  getBulk,
  getBulkResults,
  getBulks,
  runBulk,
  startBulk,
} from '@millrace/client/bulk'
import { type Client, ClientError, openClient } from '@millrace/client/client'
import { toCsv } from '@millrace/client/csv'
import { createInput } from '@millrace/client/inputs'
import { getMetadata, refreshMetadata } from '@millrace/client/metadata'
import {
  archiveWorkspace,
  createWorkspace,
  getWorkspaces,
  renameWorkspace,
  unarchiveWorkspace,
} from '@millrace/client/workspaces'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let client: Client
const ids: string[] = []

beforeAll(async () => {
  server = await openTestServer()
  client = openClient({ url: server.url, token: server.token })
  for (let n = 1; n <= 5; n++) {
    const settings = { url: 'http://example.com/{start}/{end}', table: 't' }
    ids.push((await createInput(client, { label: `source ${n}`, type: 'http-json', settings })).input.id)
  }
})
afterAll(() => server.close())

test('workspaces are made, renamed, archived and taken up again', async () => {
  expect(await createWorkspace(client, 'lab', 'Lab')).toMatchObject({ id: 'lab', role: 'owner' })
  expect(await renameWorkspace(client, 'lab', 'Laboratory')).toMatchObject({ name: 'Laboratory' })
  await archiveWorkspace(client, 'lab')
  const archived = (await getWorkspaces(client)).find(({ id }) => id === 'lab')
  expect(archived?.archivedAt).toEqual(expect.any(String))
  expect(await unarchiveWorkspace(client, 'lab')).toMatchObject({ archivedAt: null, name: 'Laboratory' })
})

test('an operation tells its progress, and its results are plain rows, fit for CSV', async () => {
  const heard: BulkProgress[] = []
  const { bulk, results } = await runBulk(
    client,
    { kind: 'rename', parameters: { label: '{label}!' }, sources: { ids: [...ids, '=unknown'] } },
    { onProgress: (progress) => heard.push(progress) },
  )
  expect(bulk).toMatchObject({ state: 'FAILURE', succeeded: 5, failed: 1 })
  expect(heard.at(-1)).toMatchObject({ percent: 100, done: 6, total: 6, failed: 1, elapsedMs: expect.any(Number) })
  expect(results[0]).toMatchObject({
    position: 1,
    source: ids[0],
    label: 'source 1',
    state: 'SUCCESS',
    errorCode: null,
  })
  expect(results.every((row) => Object.values(row).every((value) => typeof value !== 'object' || value === null))).toBe(
    true,
  )
  expect(toCsv(results).split('\r\n').at(-2)).toMatch(/^6,default,'=unknown,,,FAILURE,not_found,/)
  expect(await getBulkResults(client, bulk.id, 'FAILURE')).toHaveLength(1)
})

test('operations are started, waited for, listed and cancelled', async () => {
  const request = { kind: 'disable', sources: { filter: { label: 'source *' } }, dryRun: true } as const
  const started = await startBulk(client, request)
  expect(await bulkEnded(client, started)).toMatchObject({ state: 'SUCCESS', isDryRun: true, total: 5 })
  expect((await getBulks(client))[0]).toMatchObject({ id: started.id })
  expect(await cancelBulk(client, started.id)).toEqual(await getBulk(client, started.id))
  const refused = await startBulk(client, { kind: 'patch', sources: { csv: 'source,settings.table\na\n' } }).catch(
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(ClientError)
  expect((refused as ClientError).fields).toMatchObject([{ field: 'sources.csv line 2' }])
})

test('a table is brought up to date by what changed', async () => {
  const before = await getMetadata(client, 'sources')
  expect(before.rows).toHaveLength(5)
  await runBulk(client, { kind: 'delete', sources: { ids: ids.slice(0, 2) } })
  await runBulk(client, { kind: 'rename', parameters: { label: 'last' }, sources: { ids: [ids[4]!] } })
  const after = await refreshMetadata(client, before)
  expect(after.rows.map(({ id }) => id)).toEqual(ids.slice(2))
  expect(after.rows.at(-1)).toMatchObject({ label: 'last' })
  expect(before.rows).toHaveLength(5)
  expect(after.rows).toEqual((await getMetadata(client, 'sources')).rows)
  expect((await getMetadata(client, 'workspaces', { workspace: 'default' })).rows).toMatchObject([{ id: 'default' }])
})
